//! From what is stored back to the project file.

use tidewire_engine::project::StartPoint;

use crate::model::status::ProjectStatus;
use crate::store::project::ProjectRecord;
use crate::store::{datasource, project};

use super::datasources::{secret_of, settings};
use super::error::{Result, ServiceError};
use super::input::{FileInput, ProjectInput, SecretText, StartInput, TableInput};
use super::{Actor, Service, projects};

impl Service {
    /// The project file of everything, or of the named data sources and
    /// projects. Released projects are left out: they can't be applied.
    ///
    /// # Errors
    /// Unknown names.
    pub async fn export(&self, actor: &Actor, names: Vec<String>, secrets: bool) -> Result<String> {
        let (ring, actor) = (self.keyring(), actor.clone());
        let file = self
            .store
            .read(move |c| {
                let (mut sources, mut projects) = if names.is_empty() {
                    (datasource::list(c)?, project::list(c)?)
                } else {
                    chosen(c, &actor, &names)?
                };
                sources.retain(|record| actor.sees(&record.creator));
                projects.retain(|record| actor.sees(&record.creator));
                let mut file = FileInput::default();
                for record in &sources {
                    let secret = match (&record.sealed, secrets) {
                        (None, _) => None,
                        (Some(_), false) => Some(SecretText::default()),
                        (Some(_), true) => Some(SecretText::revealed(secret_of(&ring, record)?)),
                    };
                    file.datasource.push(settings(record, secret));
                }
                let kept = projects.iter().filter(|record| record.status != ProjectStatus::Released);
                file.project = kept.map(project_input).collect();
                Ok::<_, ServiceError>(file)
            })
            .await?;
        toml::to_string(&file).map_err(|_| ServiceError::Lost)
    }
}

type Chosen = (Vec<datasource::DatasourceRecord>, Vec<ProjectRecord>);

/// Each name is a project or a data source; a project brings its data sources.
fn chosen(c: &crate::store::Db, actor: &Actor, names: &[String]) -> Result<Chosen> {
    let (mut sources, mut projects) = (Vec::new(), Vec::new());
    for name in names {
        match projects::find(c, actor, name) {
            Ok(record) => {
                for side in [&record.source.name, &record.target.name] {
                    sources.extend(datasource::find(c, side)?);
                }
                projects.push(record);
            }
            Err(unknown) => match datasource::find(c, name)?.filter(|record| actor.sees(&record.creator)) {
                Some(record) => sources.push(record),
                None => return Err(unknown),
            },
        }
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources.dedup_by(|a, b| a.id == b.id);
    projects.dedup_by(|a, b| a.id == b.id);
    Ok((sources, projects))
}

/// A project as the project file writes it.
#[must_use]
pub fn project_input(record: &ProjectRecord) -> ProjectInput {
    let options = &record.options;
    ProjectInput {
        name: record.name.clone(),
        tags: record.tags.clone(),
        source: record.source.name.clone(),
        target: record.target.name.clone(),
        dml: options.dml.iter().map(|dml| dml.as_str().to_owned()).collect(),
        start: start_input(record.start),
        format: options.format.as_str().to_owned(),
        typed_values: options.typed_values,
        sequence_in_transaction: options.sequence_in_transaction,
        producer_group: options.producer_group.clone(),
        message_trace: options.message_trace,
        business_id: options.business_id.clone(),
        message_tag: options.message_tag.clone(),
        batch: if options.batch { "auto" } else { "off" }.to_owned(),
        split_key_change: options.split_key_change,
        state: state(record.status),
        table: record
            .tables
            .iter()
            .map(|table| TableInput {
                table: table.full_name(),
                topic: table.topic.clone(),
                shard_columns: table.shard_columns.clone(),
                columns: table.columns.clone(),
                row_filter: table.row_filter.clone(),
            })
            .collect(),
    }
}

/// Only states that an apply can bring about.
fn state(status: ProjectStatus) -> Option<String> {
    let text = match status {
        ProjectStatus::Running => "running",
        ProjectStatus::Init | ProjectStatus::Suspended | ProjectStatus::Failed => "stopped",
        ProjectStatus::Releasing | ProjectStatus::Released => return None,
    };
    Some(text.to_owned())
}

fn start_input(start: StartPoint) -> StartInput {
    match start {
        StartPoint::Now => StartInput::default(),
        StartPoint::AtMicros(micros) => {
            let time = jiff::Timestamp::from_microsecond(i64::try_from(micros).unwrap_or(i64::MAX));
            time.map_or_else(|_| StartInput::default(), |time| StartInput::Text(time.to_string()))
        }
    }
}
