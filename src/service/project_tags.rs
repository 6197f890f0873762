//! Which tags a project carries. Tags only help to find projects, so they may
//! change in any state and nothing that runs is touched.

use crate::store::operation::ObjectKind;
use crate::store::tag;

use super::error::{FieldErrors, Result, ServiceError};
use super::projects::find;
use super::{Actor, Service, project_rules, record, tags};

impl Service {
    /// Replaces the tags of a project; new names become tags.
    ///
    /// # Errors
    /// Unknown project, too many tags, a name that breaks the rule.
    pub async fn set_project_tags(&self, actor: &Actor, name: &str, names: &[String]) -> Result<()> {
        let mut errors = FieldErrors::default();
        let names = project_rules::tags(&mut errors, names);
        let names = errors.done(names)?;
        let (actor, wanted) = (actor.clone(), name.to_owned());
        self.store
            .write(move |tx| {
                let project = find(tx, &actor, &wanted)?;
                if project.tags == names {
                    return Ok(());
                }
                tags::ensure(tx, &actor, &names).map_err(|error| match error.refusal() {
                    Some(_) => ServiceError::field("tags", crate::text::field::TAG_LIMIT),
                    None => error,
                })?;
                tag::set_of_project(tx, &project.id, &names)?;
                let detail = names.join(", ");
                record(tx, &actor, "tags", ObjectKind::Project, &project.id, &project.name, detail.as_str())
            })
            .await
    }
}
