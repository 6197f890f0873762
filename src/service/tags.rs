//! Tags: make, rename, delete. A project file makes those it names.

use serde::Serialize;
use tidewire_words::Sentence;

use crate::store::operation::ObjectKind;
use crate::store::{Db, now_ms, tag};
use crate::text::{field, refusal};

use super::error::{RefusalKind, Result, ServiceError};
use super::{Actor, Service, record, rules};

/// How many tags there can be.
const MOST: u32 = 100;

/// A tag.
#[derive(Clone, Debug, Serialize)]
pub struct TagView {
    /// Name.
    pub name: String,
    /// Projects that carry it.
    pub projects: u64,
    /// Who made it.
    #[serde(skip)]
    pub creator: String,
}

impl Service {
    /// All tags by name.
    ///
    /// # Errors
    /// A failed database.
    pub async fn tags(&self) -> Result<Vec<TagView>> {
        let records = self.store.read(tag::list).await?;
        Ok(records.into_iter().map(view).collect())
    }

    /// One tag that the actor may rename or delete.
    ///
    /// # Errors
    /// Unknown name, or somebody else's tag.
    pub async fn own_tag(&self, actor: &Actor, name: &str) -> Result<TagView> {
        let (actor, name) = (actor.clone(), name.to_owned());
        self.store
            .read(move |c| {
                may_change(c, &actor, &name)?;
                let found = tag::list(c)?.into_iter().find(|tag| tag.name == name);
                found.map(view).ok_or_else(|| ServiceError::not_found(refusal::NO_TAG, &name))
            })
            .await
    }

    /// Makes a tag.
    ///
    /// # Errors
    /// A name that breaks the rule or is taken, or too many tags.
    pub async fn create_tag(&self, actor: Actor, name: String) -> Result<()> {
        self.store
            .write(move |tx| {
                if tag::exists(tx, &name)? {
                    return Err(taken(&name));
                }
                create(tx, &actor, &name)
            })
            .await
    }

    /// Renames a tag in all projects.
    ///
    /// # Errors
    /// Unknown name, or a new one that breaks the rule or is taken.
    pub async fn rename_tag(&self, actor: Actor, name: &str, new: String) -> Result<()> {
        let name = name.to_owned();
        self.store
            .write(move |tx| {
                may_change(tx, &actor, &name)?;
                rules::tag_name(&new).map_err(|message| ServiceError::field("name", message))?;
                if name != new && tag::exists(tx, &new)? {
                    return Err(taken(&new));
                }
                if !tag::rename(tx, &name, &new)? {
                    return Err(ServiceError::not_found(refusal::NO_TAG, &name));
                }
                record(tx, &actor, "rename", ObjectKind::Tag, &new, &new, name.as_str())
            })
            .await
    }

    /// Deletes a tag, also from all projects.
    ///
    /// # Errors
    /// Unknown name.
    pub async fn delete_tag(&self, actor: Actor, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.store
            .write(move |tx| {
                may_change(tx, &actor, &name)?;
                if !tag::delete(tx, &name)? {
                    return Err(ServiceError::not_found(refusal::NO_TAG, &name));
                }
                record(tx, &actor, "delete", ObjectKind::Tag, &name, &name, "")
            })
            .await
    }
}

fn view(tag: tag::TagRecord) -> TagView {
    TagView { name: tag.name, projects: tag.projects, creator: tag.creator }
}

/// Everybody uses every tag; a user changes only those they made.
fn may_change(c: &Db, actor: &Actor, name: &str) -> Result<()> {
    match tag::creator(c, name)? {
        Some(creator) if actor.sees(&creator) => Ok(()),
        Some(creator) => Err(ServiceError::refused(
            RefusalKind::Forbidden,
            "forbidden",
            Sentence::new(refusal::TAG_OF_OTHERS, &[name, &creator]),
            refusal::TAG_OF_OTHERS_REMEDY,
        )),
        None => Err(ServiceError::not_found(refusal::NO_TAG, name)),
    }
}

fn taken(name: &str) -> ServiceError {
    ServiceError::field("name", Sentence::new(field::NAME_TAKEN, &[name]))
}

fn create(tx: &Db, actor: &Actor, name: &str) -> Result<()> {
    rules::tag_name(name).map_err(|message| ServiceError::field("name", message))?;
    if tag::count(tx)? >= MOST {
        return Err(ServiceError::field("name", field::TAG_LIMIT));
    }
    tag::insert(tx, name, actor.name(), now_ms())?;
    record(tx, actor, "create", ObjectKind::Tag, name, name, "")
}

/// Makes those of the checked names that do not exist yet.
pub(super) fn ensure(tx: &Db, actor: &Actor, names: &[String]) -> Result<()> {
    for name in names {
        if !tag::exists(tx, name)? {
            create(tx, actor, name)?;
        }
    }
    Ok(())
}
