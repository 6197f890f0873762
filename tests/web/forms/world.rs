//! A service with people and things, and what it holds as one value to compare.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use rusqlite::Connection;
use serde_json::json;

use crate::browser::{Browser, location};
use crate::support::{Reply, TestApp, project, source, target};

use super::scene::{Name, Scene, fields_of, sheet_of, words};
use super::table::{Form, Who};

/// The password that people have here.
pub(super) const PASSWORD: &str = "Secret.2026";
/// The passwords and keys of the data sources.
pub(super) const SECRETS: [&str; 4] = ["p@ss w0rd", "Maria-Secret-1", "Mysql-Secret-2", "Rocket-Secret-3"];

/// What the service keeps, by table; times of logins and figures left out.
pub(super) type State = BTreeMap<String, Vec<String>>;

/// The service and who uses it.
pub(super) struct World<'a> {
    pub(super) app: &'a TestApp,
    db: Connection,
    count: usize,
    /// The account `admin`.
    pub(super) admin: Browser<'a>,
    /// Another admin.
    pub(super) second: Browser<'a>,
    /// A user to whom the things belong.
    pub(super) owner: Browser<'a>,
    /// A user to whom nothing belongs.
    pub(super) stranger: Browser<'a>,
    /// Who still has a one-time password.
    pub(super) newcomer: Browser<'a>,
}

impl<'a> World<'a> {
    /// Four people, the data sources of every kind.
    pub(super) async fn new(app: &'a TestApp) -> Self {
        // Pages of the log have lines then.
        tidewire::telemetry::start_log("off,tidewire=info");
        let db = Connection::open(app.data.path().join("tidewire.db")).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        for body in [source(), target(), maria(), mysql(), keyed()] {
            let reply = app.post("/datasources", body).await;
            assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        }
        let mut admin = Browser::new(app);
        admin.activate().await;
        // Another login, so that there is one to end.
        location(&Browser::new(app).log_in(PASSWORD).await);
        let mut second = Browser::new(app);
        let role = [("name", "second"), ("role", "admin")];
        let made = admin.fill("/system/users", "/system/users/new", &role).await;
        second.activate_as("second", &crate::browser::texts(&made, ".once code").remove(0)).await;
        let owner = crate::browser::of_user(app, "lin").await;
        let stranger = crate::browser::of_user(app, "wang").await;
        let password = app.account("newcomer").await;
        let mut newcomer = Browser::new(app);
        location(&newcomer.log_in_as("newcomer", &password).await);
        let world = Self { app, db, count: 0, admin, second, owner, stranger, newcomer };
        world.give("datasource");
        world
    }

    /// Gives what a table holds to the owner: the API makes it for nobody.
    fn give(&self, table: &str) {
        self.db.execute(&format!("UPDATE {table} SET creator = 'lin' WHERE creator = 'api'"), []).unwrap();
    }

    /// What the service keeps now.
    pub(super) fn state(&self) -> State {
        let mut names = self.db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
        let names: Vec<String> =
            names.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        let beside = ["sample", "sample_mean", "checkpoint", "schema_version", "sqlite_sequence"];
        let kept = names.into_iter().filter(|name| !beside.contains(&name.as_str()));
        kept.map(|name| (name.clone(), self.rows(&name))).collect()
    }

    fn rows(&self, table: &str) -> Vec<String> {
        let columns = if table == "login" { "token_hash, user_name, csrf" } else { "*" };
        let mut statement = self.db.prepare(&format!("SELECT {columns} FROM {table}")).unwrap();
        let width = statement.column_count();
        let mut found = statement.query([]).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = found.next().unwrap() {
            let cells: Vec<String> =
                (0..width).map(|index| format!("{:?}", row.get_ref(index).unwrap())).collect();
            rows.push(cells.join(" "));
        }
        rows.sort();
        rows
    }

    /// Waits until nothing goes on by itself any more after an answer.
    pub(super) async fn settled(&self, reply: &Reply, me: &mut Browser<'a>) {
        let place = reply.headers.get("location").and_then(|place| place.to_str().ok()).unwrap_or_default();
        for _ in 0..400 {
            let begun = place.starts_with("/projects/batch/")
                && !me.get(place).await.text.contains("data-every=\"0\"");
            let leaving = self.state()["project"].iter().any(|row| row.contains("releasing"));
            if !begun && !leaving {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{place} never ends");
    }

    /// Things for a form, made anew, and who fills it in.
    pub(super) async fn scene(&mut self, form: &'static Form) -> Scene<'a> {
        let me = match form.who {
            Who::Visitor => Browser::new(self.app),
            Who::Newcomer | Who::Me => self.person(form.who == Who::Newcomer).await,
            Who::Anyone | Who::Owner | Who::Alone => self.owner.clone(),
            Who::Admin => self.second.clone(),
            Who::Builtin => self.admin.clone(),
        };
        self.scene_of(form, me).await
    }

    /// The same, filled in by this browser.
    pub(super) async fn scene_of(&mut self, form: &'static Form, mut me: Browser<'a>) -> Scene<'a> {
        let names = self.things(&words(&[form.post, form.on, form.fill]), &mut me).await;
        Scene { form, me, names }
    }

    /// What words in braces stand for, made anew; drafts belong to `me`.
    pub(super) async fn things(&mut self, words: &[&'static str], me: &mut Browser<'a>) -> Vec<Name> {
        let mut names = Vec::new();
        for word in words {
            names.push((*word, self.thing(word, me).await));
        }
        for table in ["datasource", "project", "tag"] {
            self.give(table);
        }
        names
    }

    async fn thing(&mut self, word: &str, me: &mut Browser<'a>) -> String {
        self.count += 1;
        let name = format!("t{}", self.count);
        match word {
            "ob" => {
                let mut body = source();
                body["name"] = json!(name);
                let made = self.app.post("/datasources", body).await;
                made.json["id"].as_str().unwrap().to_owned()
            }
            "tag" => {
                assert_eq!(
                    self.app.post("/tags", json!({"name": name})).await.status,
                    StatusCode::CREATED,
                    "{name}"
                );
                name
            }
            "user" => {
                self.app.account(&name).await;
                name
            }
            "me" => {
                let password = self.app.account(&name).await;
                Browser::new(self.app).activate_as(&name, &password).await;
                name
            }
            "batch" => self.batch(me, &name).await,
            "draft" => self.draft(me, &name).await,
            "checked" => self.checked(me, &name).await,
            "edit" => {
                let id = self.project("suspended", &name).await;
                self.give("project");
                let on = format!("/projects/{id}");
                let sheet = sheet_of(&me.get(&on).await, &format!("{on}/edit"), &[]);
                draft_of(&location(&me.post(&sheet.action, &sheet.pairs()).await))
            }
            state => self.project(state, &name).await,
        }
    }

    /// An account of its own, logged in twice.
    async fn person(&mut self, new: bool) -> Browser<'a> {
        self.count += 1;
        let name = format!("p{}", self.count);
        let password = self.app.account(&name).await;
        let mut me = Browser::new(self.app);
        if new {
            location(&me.log_in_as(&name, &password).await);
        } else {
            me.activate_as(&name, &password).await;
            location(&Browser::new(self.app).log_in_as(&name, PASSWORD).await);
        }
        me
    }

    /// A project in a state; its id.
    async fn project(&self, state: &str, name: &str) -> String {
        let name = match state {
            "failed" => format!("breaks{name}"),
            // With a queue on a broker that is gone.
            "suspended" => format!("stranded{name}"),
            _ => name.to_owned(),
        };
        let made = self.app.post("/projects", project(&name)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let commands: &[&str] = match state {
            "init" => &[],
            "running" | "failed" => &["start"],
            "suspended" => &["start", "pause"],
            "released" => &["start", "pause", "release"],
            other => panic!("nothing is called {other}"),
        };
        for command in commands {
            let path = format!("/projects/{name}/{command}");
            assert_eq!(self.app.post(&path, json!({})).await.status, StatusCode::OK, "{path}");
        }
        self.app.until(&name, "/state", &json!(state)).await;
        if state == "running" {
            self.app.until(&name, "/phase", &json!("streaming")).await;
        }
        made.json["id"].as_str().unwrap().to_owned()
    }

    /// A command for a project, as one of several; its number.
    async fn batch(&self, me: &mut Browser<'a>, name: &str) -> String {
        let id = self.project("init", name).await;
        self.give("project");
        let page = me.get(&format!("/projects/batch?do=delete&id={id}")).await;
        let sheet = sheet_of(&page, "/projects/batch", &[]);
        let reply = me.post(&sheet.action, &sheet.pairs()).await;
        self.settled(&reply, me).await;
        location(&reply).split('/').nth(3).unwrap().to_owned()
    }

    /// A draft that only needs its precheck.
    async fn draft(&self, me: &mut Browser<'a>, name: &str) -> String {
        let fill = fields_of(&format!("name={name}&source=ob&target=mq&do=next"));
        let sheet = sheet_of(&me.get("/projects/new").await, "/projects/new", &fill).with(&fill);
        let id = draft_of(&location(&me.post("/projects/new", &sheet.pairs()).await));
        let import = format!("/drafts/{id}/import");
        let list = [
            ("text".to_owned(), "shop,orders,orders,,,,\n".to_owned()),
            ("do".to_owned(), "take".to_owned()),
        ];
        let sheet = sheet_of(&me.get(&import).await, &import, &[]).with(&list);
        location(&me.post(&import, &sheet.pairs()).await);
        id
    }

    /// A draft that passed its precheck.
    async fn checked(&self, me: &mut Browser<'a>, name: &str) -> String {
        let id = self.draft(me, name).await;
        let options = format!("/drafts/{id}/options");
        let sheet = sheet_of(&me.get(&options).await, &options, &fields_of("do=next"));
        let place = location(&me.post(&options, &sheet.pairs()).await);
        for _ in 0..400 {
            if me.get(&place).await.text.contains("data-every=\"0\"") {
                return id;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the precheck never ended");
    }
}

fn draft_of(place: &str) -> String {
    place.split('/').nth(2).unwrap().to_owned()
}

fn maria() -> serde_json::Value {
    json!({"name": "maria", "kind": "mariadb", "address": "10.0.0.3:3306", "user": "u", "password": SECRETS[1]})
}

fn mysql() -> serde_json::Value {
    json!({"name": "my", "kind": "mysql", "address": "10.0.0.4:3306", "user": "u", "password": SECRETS[2]})
}

fn keyed() -> serde_json::Value {
    json!({"name": "keyed", "kind": "rocketmq", "address": "10.0.0.5:9876", "access_key": "k", "secret_key": SECRETS[3]})
}
