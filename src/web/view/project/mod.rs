//! Pages of projects: the list, one project, what is done to them.

mod act;
mod adopt;
mod ask;
mod batch;
mod chart;
mod define;
mod head;
mod list;
mod log;
mod messages;
mod objects;
mod operations;
mod options;
mod overview;
mod path;
mod rename;
mod spark;
mod tags;
mod versions;

pub(in crate::web) use adopt::AdoptPage;
pub(in crate::web) use ask::AskPage;
pub(in crate::web) use batch::{BatchPage, BatchResultPage};
pub(in crate::web) use define::DefinePage;
pub(in crate::web) use list::{ListParts, ListQuery, ProjectListPage, shown_of};
pub(in crate::web) use log::{LogPage, log_text};
pub(in crate::web) use messages::MessagesPage;
pub(in crate::web) use objects::ObjectsPage;
pub(in crate::web) use operations::{OperationsPage, PAGE as OPERATIONS_PAGE};
pub(in crate::web) use options::ProjectOptionsPage;
pub(in crate::web) use overview::{ChartRange, ProjectPage, ProjectParts};
pub(in crate::web) use rename::RenamePage;
pub(in crate::web) use tags::TagsPage;
pub(in crate::web) use versions::{TableVersionsPage, VersionsPage};
