//! Another name for a project. Messages and positions carry its id, so it may
//! change while the project runs.

use tidewire_words::Sentence;

use crate::store::operation::ObjectKind;
use crate::store::{now_ms, project};
use crate::supervisor::state;
use crate::text::{field, refusal};

use super::error::{FieldErrors, Result, ServiceError};
use super::projects::find;
use super::{Actor, Service, record, rules, seen};

impl Service {
    /// Renames a project; `seen` is the mark of the name that the form shows.
    /// Asked again, it changes nothing.
    ///
    /// # Errors
    /// Unknown id, a state without renaming, a name that breaks the rule or is
    /// taken, a project that somebody else renamed meanwhile.
    pub async fn rename_project(&self, actor: &Actor, id: &str, seen: &str, name: &str) -> Result<()> {
        let (actor, id, seen, name) = (actor.clone(), id.to_owned(), seen.to_owned(), name.to_owned());
        self.store
            .write(move |tx| {
                let old = find(tx, &actor, &id)?;
                if old.name == name {
                    return Ok(());
                }
                if !state::may_rename(old.status) {
                    let message = Sentence::of_texts(refusal::RENAME_STATE, &[old.status.word()]);
                    return Err(ServiceError::conflict(message, refusal::RENAME_STATE_REMEDY));
                }
                seen::check(&seen, &old.name)?;
                let mut errors = FieldErrors::default();
                errors.check("name", rules::project_name(&name));
                if project::find(tx, &name)?.is_some() {
                    errors.add("name", Sentence::new(field::NAME_TAKEN, &[&name]));
                }
                errors.done(())?;
                project::rename(tx, &old.id, &name, now_ms())?;
                let detail = format!("{} → {name}", old.name);
                record(tx, &actor, "rename", ObjectKind::Project, &old.id, &name, detail.as_str())
            })
            .await
    }
}
