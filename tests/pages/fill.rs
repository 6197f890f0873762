//! A service that has run for a month.

use std::fmt::Write as _;

use serde_json::json;
use tidewire::store::sample::{self, MEAN_MS, SAMPLE_MS, Sample};
use tidewire::store::{Store, StoreError, now_ms};

use crate::support::TestApp;

const DAY_MS: i64 = 86_400_000;

/// 200 projects: all run but the largest, which is paused. The ids of that and
/// of another.
pub(crate) async fn projects(app: &TestApp) -> (String, String) {
    let mut file = String::new();
    for number in 0..200 {
        let (tag, tables) = (number % 10, if number == 0 { 1000 } else { 5 });
        write!(
            file,
            "[[project]]\nname = \"project{number:03}\"\ntags = [\"a{tag}\", \"b\"]\nsource = \"ob\"\ntarget = \"mq\"\n"
        )
        .unwrap();
        for table in 0..tables {
            let topic = ["orders", "users"][table % 2];
            write!(file, "[[project.table]]\ntable = \"stock.item_{table:04}\"\ntopic = \"{topic}\"\n")
                .unwrap();
        }
    }
    let reply = app.apply(&file, false).await;
    assert!(reply.status.is_success(), "{}", reply.text);
    for number in 0..200 {
        let name = format!("project{number:03}");
        let reply = app.post(&format!("/projects/{name}/start"), json!({})).await;
        assert!(reply.status.is_success(), "{name}: {}", reply.text);
    }
    app.post("/projects/project000/pause", json!({})).await;
    app.until("project000", "/state", &json!("suspended")).await;
    let mut ids = Vec::new();
    for name in ["project000", "project007"] {
        let reply = app.get(&format!("/projects/{name}")).await;
        ids.push(reply.json["id"].as_str().unwrap().to_owned());
    }
    (ids.remove(0), ids.remove(0))
}

/// Figures as the service itself leaves them: means of a month, and ten seconds
/// each of the last day.
pub(crate) async fn figures(app: &TestApp) {
    let store = Store::open(&app.data.path().join("tidewire.db")).unwrap();
    let now = now_ms();
    let ids: Vec<String> = app
        .get("/projects")
        .await
        .json
        .as_array()
        .unwrap()
        .iter()
        .map(|project| project["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 200);
    for id in ids {
        let saved: Result<(), StoreError> = store
            .write(move |tx| {
                for at in (now - 30 * DAY_MS..now - DAY_MS).step_by(MEAN_MS as usize) {
                    sample::insert(tx, &id, &figure(at))?;
                }
                for at in (now - DAY_MS..now).step_by(SAMPLE_MS as usize) {
                    sample::insert(tx, &id, &figure(at))?;
                }
                Ok(())
            })
            .await;
        saved.unwrap();
    }
    let kept: Result<(), StoreError> = store
        .write(move |tx| {
            sample::make_means(tx, now)?;
            sample::prune(tx, now, now - 30 * DAY_MS)
        })
        .await;
    kept.unwrap();
}

/// Figures that rise and fall over a day.
fn figure(at: i64) -> Sample {
    let part = (at % DAY_MS) as f64 / DAY_MS as f64;
    let wave = (part * std::f64::consts::TAU).sin().mul_add(0.5, 0.6);
    Sample {
        at,
        lag_ms: (wave * 40.0) as i64,
        rows_per_second: wave * 12_000.0,
        bytes_per_second: wave * 3e6,
        send_micros: 900.0 + wave * 400.0,
    }
}
