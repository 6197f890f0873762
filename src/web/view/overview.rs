//! The first page: what needs somebody, projects by state, resources.

use askama::Template;
use tidewire_words::Lang;

use crate::model::status::ProjectStatus;
use crate::service::overview::{Need, Overseen, Overview, Resources};
use crate::text::{overview as text, page};

use super::Shell;
use super::figure::{self, NONE};

/// Projects that are named before the rest is only counted.
const NAMED: usize = 8;

/// `page/overview_show.html`.
#[derive(Template)]
#[template(path = "page/overview_show.html")]
pub(in crate::web) struct OverviewPage {
    shell: Shell,
    /// Whether there is no project yet.
    empty: bool,
    /// Whether there is a data source already.
    begun: bool,
    needs: Vec<NeedRow>,
    more: String,
    tiles: Vec<Tile>,
    total: String,
    states: Vec<StateRow>,
    ring: String,
    resources: Vec<Resource>,
}

struct NeedRow {
    tone: &'static str,
    word: &'static str,
    href: String,
    name: String,
    message: String,
    /// What to do, and what else is wrong.
    under: Vec<String>,
}

struct Tile {
    label: &'static str,
    figure: Vec<(String, &'static str)>,
    under: String,
    href: &'static str,
    link: &'static str,
}

/// One state: its line in the list, and its arc of the ring in percent.
struct StateRow {
    tone: &'static str,
    word: &'static str,
    count: usize,
    href: String,
    arc: String,
    offset: String,
}

struct Resource {
    label: &'static str,
    value: String,
    unit: &'static str,
    under: String,
}

/// What the page is made of.
pub(in crate::web) struct Found {
    pub(in crate::web) overview: Overview,
    pub(in crate::web) resources: Resources,
    /// Percent of one processor.
    pub(in crate::web) cpu: Option<f64>,
    pub(in crate::web) started_at: i64,
    pub(in crate::web) now: i64,
}

impl OverviewPage {
    pub(in crate::web) fn new(mut shell: Shell, found: &Found) -> Self {
        let overview = &found.overview;
        let empty = overview.projects.is_empty();
        shell.every = if empty { 0 } else { 5 };
        let lang = shell.lang;
        let needy = overview.needy();
        let beyond = needy.len().saturating_sub(NAMED);
        let states = states(overview, lang);
        let words: Vec<String> =
            states.iter().map(|row| text::IN_STATE.fill(lang, &[row.word, &row.count.to_string()])).collect();
        let total = overview.projects.len().to_string();
        let comma = if lang == Lang::Zh { "，" } else { ", " };
        Self {
            empty,
            begun: overview.datasources > 0,
            needs: needy.into_iter().take(NAMED).map(|one| need(one, lang)).collect(),
            more: if beyond == 0 { String::new() } else { text::MORE.fill(lang, &[&beyond.to_string()]) },
            tiles: tiles(overview, lang),
            ring: text::RING.fill(lang, &[&total, &words.join(comma)]),
            total,
            states,
            resources: resources(found, &shell),
            shell,
        }
    }
}

fn need(one: &Overseen, lang: Lang) -> NeedRow {
    let (tone, word) = match one.need {
        Some(Need::Expiring) => ("bad", text::NEED_EXPIRING),
        Some(Need::Failed) => ("bad", text::NEED_FAILED),
        Some(Need::Retrying) => ("warn", text::NEED_RETRYING),
        Some(Need::Lagging) | None => ("warn", text::NEED_LAGGING),
    };
    let lag = || figure::span_text(one.status.lag_ms.unwrap_or(0), lang);
    let error = one.status.error.as_ref();
    let (message, under) = match (one.log_left, error) {
        (Some(left), _) => {
            let mut under = vec![text::EXPIRING_REMEDY.get(lang).to_owned()];
            if let Some(error) = error {
                under.push(text::BESIDES.fill(lang, &[&error.message]));
                under.push(error.remedy.clone());
            }
            (text::EXPIRING_WHAT.fill(lang, &[&figure::span_text(left, lang)]), under)
        }
        (None, Some(error)) if one.need != Some(Need::Lagging) => {
            (error.message.clone(), vec![error.remedy.clone()])
        }
        (None, _) => (text::LAGGING_WHAT.fill(lang, &[&lag()]), Vec::new()),
    };
    NeedRow {
        tone,
        word: word.get(lang),
        href: format!("/projects/{}", one.head.id),
        name: one.head.name.clone(),
        message,
        under,
    }
}

fn tiles(overview: &Overview, lang: Lang) -> Vec<Tile> {
    let running = overview.count(ProjectStatus::Running);
    let rates = overview.projects.iter().map(|one| (one.status.rows_per_second, one.status.bytes_per_second));
    let (rows, bytes) = rates.fold((0.0, 0.0), |(rows, bytes), (r, b)| (rows + r, bytes + b));
    let active = overview.projects.iter().filter(|one| one.head.status == ProjectStatus::Running);
    let slowest = active.filter_map(|one| Some((one.status.lag_ms?, one))).max_by_key(|(lag, _)| *lag);
    let tile = |label: tidewire_words::Text, figure, under| Tile {
        label: label.get(lang),
        figure,
        under,
        href: "",
        link: "",
    };
    let (lag, whose) = match slowest {
        Some((lag, one)) => (figure::span(lag, lang), one.head.name.clone()),
        None => (vec![(NONE.to_owned(), "")], String::new()),
    };
    vec![
        Tile {
            href: "/projects",
            link: text::VIEW.get(lang),
            ..tile(
                text::PROJECTS,
                vec![(overview.projects.len().to_string(), "")],
                text::RUNNING_OF.fill(lang, &[&running.to_string()]),
            )
        },
        tile(page::RATE, vec![(figure::rate(rows), page::ROWS_SECOND.get(lang))], figure::bytes(bytes)),
        tile(text::LAG, lag, whose),
        Tile {
            href: "/datasources",
            link: text::MANAGE.get(lang),
            ..tile(text::DATASOURCES, vec![(overview.datasources.to_string(), "")], String::new())
        },
    ]
}

fn states(overview: &Overview, lang: Lang) -> Vec<StateRow> {
    let total = overview.projects.len().max(1) as f64;
    let mut from = 0.0;
    let mut rows = Vec::new();
    for status in ProjectStatus::ALL {
        let count = overview.count(status);
        if count == 0 {
            continue;
        }
        let share = count as f64 * 100.0 / total;
        // A gap between arcs, so that neighbours of one colour stay apart.
        let arc = if share < 100.0 { (share - 0.8).max(0.4) } else { share };
        rows.push(StateRow {
            tone: match status {
                ProjectStatus::Running => "good",
                ProjectStatus::Failed => "bad",
                ProjectStatus::Suspended => "warn",
                ProjectStatus::Init => "calm",
                ProjectStatus::Releasing | ProjectStatus::Released => "faded",
            },
            word: status.word().get(lang),
            count,
            href: format!("/projects?state={}", status.as_str()),
            arc: format!("{arc:.2} {:.2}", 100.0 - arc),
            offset: format!("{:.2}", -from),
        });
        from += share;
    }
    rows
}

fn resources(found: &Found, shell: &Shell) -> Vec<Resource> {
    let lang = shell.lang;
    let host = &found.resources;
    let sized = |bytes: Option<u64>| bytes.map_or_else(|| (NONE.to_owned(), ""), figure::size);
    let (memory, memory_unit) = sized(host.memory);
    let (data, data_unit) = sized(Some(host.data));
    let of = host.host_memory.map(figure::size).map(|(value, unit)| format!("{value} {unit}"));
    let open = found.overview.projects.iter().filter(|one| one.status.phase.is_some()).count();
    let uptime = figure::span_text((found.now - found.started_at).max(1000), lang);
    vec![
        Resource {
            label: text::CPU.get(lang),
            value: found.cpu.map_or_else(|| NONE.to_owned(), |percent| format!("{percent:.1}")),
            unit: if found.cpu.is_some() { "%" } else { "" },
            under: text::CPU_WHAT.fill(lang, &[&host.processors.to_string()]),
        },
        Resource {
            label: text::MEMORY.get(lang),
            value: memory,
            unit: memory_unit,
            under: of.map(|of| text::MEMORY_OF.fill(lang, &[&of])).unwrap_or_default(),
        },
        Resource { label: text::DISK.get(lang), value: data, unit: data_unit, under: String::new() },
        Resource {
            label: text::OPEN.get(lang),
            value: open.to_string(),
            unit: "",
            under: text::OPEN_WHAT.get(lang).to_owned(),
        },
        Resource {
            label: text::UPTIME.get(lang),
            value: uptime,
            unit: "",
            under: text::SINCE.fill(lang, &[&shell.moment(found.started_at)]),
        },
        Resource {
            label: text::VERSION.get(lang),
            value: shell.version.to_owned(),
            unit: "",
            under: String::new(),
        },
    ]
}
