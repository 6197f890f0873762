//! The dependency rule, checked: which folder may name which module of ours
//! and which crate. A break fails the build rather than a review.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test fails by panicking; helpers lie outside of test functions"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// For each place of the binary's package: the modules of ours that it may use.
/// What the crates beside it may name, their manifests say.
const MODULES: &[(&str, &[&str])] = &[
    ("model", &["model"]),
    ("clock.rs", &[]),
    ("config.rs", &["model"]),
    ("app", &["config", "model", "telemetry"]),
    ("secret.rs", &[]),
    ("custody.rs", &["secret", "store"]),
    ("text", &["model", "text"]),
    ("telemetry.rs", &["model"]),
    ("store", &["store", "model", "secret::write_private"]),
    ("supervisor", &["supervisor", "clock", "store", "model", "secret", "text"]),
    ("service", &["service", "supervisor", "clock", "store", "model", "secret", "text", "config::line_of"]),
    ("web", &["web", "service", "supervisor::state", "store", "model", "secret", "text", "telemetry"]),
    ("cli", &["cli", "config", "model", "secret::hex", "text"]),
];

/// Crates, or parts of them, that only these places may name.
const CRATES: &[(&str, &[&str])] = &[
    ("tidewire_engine", &["app.rs", "clock.rs", "service", "store", "supervisor", "web"]),
    ("tidewire_engine::run", &["supervisor"]),
    ("tidewire_engine::doors", &["clock.rs", "service", "store", "supervisor"]),
    ("tidewire_mysql", &["service", "supervisor"]),
    ("tidewire_rocketmq", &["app.rs", "supervisor"]),
    ("rusqlite", &["store"]),
    ("actix_web", &["web", "app.rs"]),
    ("askama", &["web"]),
    // The service asks itself whether it answers.
    ("reqwest", &["cli", "app.rs"]),
    ("lexopt", &["cli"]),
    ("argon2", &["service"]),
    ("chacha20poly1305", &["secret.rs"]),
    ("prometheus_client", &["telemetry.rs"]),
    ("anyhow", &["app.rs", "main.rs"]),
    ("rustix", &["app.rs", "main.rs"]),
    ("sd_notify", &["app.rs"]),
];

/// Crates beside the binary's package, below `src`.
const OWN_CRATES: &[&str] = &["engine", "mysql", "rocketmq", "tls", "words"];

/// What the manifests of our crates may name of each other; an arrow back would
/// not build, an arrow sideways would.
const BORDERS: &[(&str, &[&str])] = &[
    ("words", &[]),
    ("engine", &["words"]),
    ("tls", &["words"]),
    ("mysql", &["engine", "tls", "words"]),
    ("rocketmq", &["engine", "tls", "words"]),
];

/// Crates that the engine must do without: it has no sockets, SQL, broker or web.
const NOT_IN_ENGINE: &[&str] =
    &["mysql_async", "rocketmq", "rusqlite", "actix", "reqwest", "askama", "rustls"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its place: the first step below `src`.
fn all_files() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap();
            let place = inside.components().next().unwrap().as_os_str().to_str().unwrap();
            // Its own parts lie in a folder of its name.
            let place = if place == "app" { "app.rs".to_owned() } else { place.to_owned() };
            (place, inside.display().to_string(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// The files of the binary's package; tests may name what they need.
fn files() -> Vec<(String, String, String)> {
    let of_package = |(place, file, _): &(String, String, String)| {
        !OWN_CRATES.contains(&place.as_str()) && !file.ends_with("_test.rs")
    };
    all_files().into_iter().filter(of_package).collect()
}

/// The paths that a file names after a prefix, comments and tests left out.
fn named(text: &str, prefix: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for line in code.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
        for (at, _) in line.match_indices(prefix) {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '"') {
                continue;
            }
            let rest = &line[at + prefix.len()..];
            let end =
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
            found.push(rest[..end].trim_end_matches(':').to_owned());
        }
    }
    found
}

#[test]
fn modules_point_inward() {
    let mut breaks = Vec::new();
    for (place, file, text) in files() {
        let Some((_, allowed)) = MODULES.iter().find(|(name, _)| *name == place) else {
            assert!(["main.rs", "lib.rs", "app.rs"].contains(&place.as_str()), "{place} has no rule");
            continue;
        };
        for path in named(&text, "crate::") {
            let fits = |one: &&str| path == **one || path.starts_with(&format!("{one}::"));
            if !allowed.iter().any(fits) {
                breaks.push(format!("{file} uses crate::{path}"));
            }
        }
    }
    assert!(breaks.is_empty(), "{}", breaks.join("\n"));
}

#[test]
fn crates_stay_where_they_belong() {
    let mut breaks = Vec::new();
    for (place, file, text) in files() {
        for (name, allowed) in CRATES {
            let uses = match name.split_once("::") {
                None => !named(&text, &format!("{name}::")).is_empty(),
                Some((krate, part)) => named(&text, &format!("{krate}::")).iter().any(|path| {
                    path == part || path.strip_prefix(part).is_some_and(|rest| rest.starts_with("::"))
                }),
            };
            if uses && !allowed.contains(&place.as_str()) {
                breaks.push(format!("{file} names {name}"));
            }
        }
    }
    assert!(breaks.is_empty(), "{}", breaks.join("\n"));
}

#[test]
fn crates_of_ours_point_inward() {
    let mut breaks = Vec::new();
    for (name, allowed) in BORDERS {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name).join("Cargo.toml");
        let text = fs::read_to_string(manifest).unwrap();
        for other in OWN_CRATES {
            if text.contains(&format!("tidewire-{other}.")) && !allowed.contains(other) {
                breaks.push(format!("{name} depends on {other}"));
            }
        }
        for banned in NOT_IN_ENGINE.iter().filter(|_| *name == "engine") {
            if text.lines().any(|line| line.starts_with(banned)) {
                breaks.push(format!("engine depends on {banned}"));
            }
        }
    }
    assert!(breaks.is_empty(), "{}", breaks.join("\n"));
}

#[test]
fn files_hold_one_idea() {
    let long: Vec<String> = all_files()
        .into_iter()
        .map(|(_, file, text)| (file, text.lines().count()))
        .filter(|(_, lines)| *lines > 600)
        .map(|(file, lines)| format!("{file}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_module_opens_with_what_it_does() {
    let silent: Vec<String> = all_files()
        .into_iter()
        .filter(|(_, _, text)| !text.starts_with("//!"))
        .map(|(_, file, _)| file)
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// The page of a project's log finds its lines by the field, whatever the
/// project is called by then.
#[test]
fn lines_about_a_project_carry_its_id() {
    let mut breaks = Vec::new();
    for (_, file, text) in all_files() {
        for (at, _) in text.match_indices("log::") {
            let call = &text[at..];
            let Some(words) = call.find('"').filter(|words| call[*words..].starts_with("\"project {")) else {
                continue;
            };
            if !call[..words].contains("project = ") {
                breaks.push(format!("{file}: {}", call.lines().next().unwrap()));
            }
        }
    }
    assert!(breaks.is_empty(), "{}", breaks.join("\n"));
}

/// Every form passes the one place that asks where it comes from. Only the
/// login, which has no account yet, asks for itself.
#[test]
fn forms_come_through_their_guard() {
    let mut readers: Vec<String> = files()
        .into_iter()
        .filter(|(_, file, text)| file.starts_with("web/handler") && text.contains("web::Bytes"))
        .map(|(_, file, _)| file)
        .collect();
    readers.sort();
    assert_eq!(readers, ["web/handler/login.rs", "web/handler/posted.rs"]);
}
