//! A source that can't be asked: whatever is known then comes from the log alone.

use futures_util::future::BoxFuture;
use tidewire_engine::doors::{Described, Events, LogEnd, OpenLog, Source, SourceFacts};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::identity::TableName;
use tidewire_engine::log::transaction::Place;
use tidewire_engine::project::StartPoint;

/// A source that is never near the end of its log: only statements tell.
pub(crate) struct Far(pub(crate) SourceFacts);

fn away<T: Send + 'static>() -> BoxFuture<'static, PipelineResult<T>> {
    Box::pin(async { Err(PipelineError::new(ErrorKind::SourceUnreachable, "nobody asks")) })
}

impl Source for Far {
    fn describe(&self) -> BoxFuture<'_, PipelineResult<SourceFacts>> {
        let facts = self.0;
        Box::pin(async move { Ok(facts) })
    }

    fn locate(&self, _: StartPoint) -> BoxFuture<'_, PipelineResult<Place>> {
        away()
    }

    fn end(&self) -> BoxFuture<'_, PipelineResult<LogEnd>> {
        Box::pin(async { Ok(LogEnd { file: "far.999999".into(), offset: 4 }) })
    }

    fn schemas<'a>(&'a self, _: &'a [TableName]) -> BoxFuture<'a, PipelineResult<Vec<Described>>> {
        away()
    }

    fn open<'a>(&'a self, _: &'a Place) -> BoxFuture<'a, PipelineResult<OpenLog>> {
        away()
    }

    fn look_ahead<'a>(&'a self, _: &'a Place) -> BoxFuture<'a, PipelineResult<Box<dyn Events>>> {
        away()
    }
}
