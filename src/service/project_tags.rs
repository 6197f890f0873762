//! Which tags a project carries. Tags only help to find projects, so they may
//! change in any state and nothing that runs is touched.

use crate::store::operation::ObjectKind;
use crate::store::tag;

use super::error::{FieldErrors, Result, ServiceError};
use super::projects::find;
use super::{Actor, Service, project_rules, record, seen, tags};

impl Service {
    /// Replaces the tags of a project; new names become tags. `seen` is the mark
    /// of the tags that the form shows.
    ///
    /// # Errors
    /// Unknown project, too many tags, a name that breaks the rule, or tags that
    /// somebody changed meanwhile.
    pub async fn set_project_tags(
        &self,
        actor: &Actor,
        name: &str,
        names: &[String],
        seen: &str,
    ) -> Result<()> {
        let mut errors = FieldErrors::default();
        let names = project_rules::tags(&mut errors, names);
        let names = errors.done(names)?;
        let (actor, wanted, seen) = (actor.clone(), name.to_owned(), seen.to_owned());
        self.store
            .write(move |tx| {
                let project = find(tx, &actor, &wanted)?;
                if project.tags == names {
                    return Ok(());
                }
                seen::check(&seen, &project.tags)?;
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
