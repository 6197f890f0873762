//! The engine in the world: started, stopped, killed at any await.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tidewire_engine::error::PipelineResult;
use tidewire_engine::stats::Stats;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::setup::World;

/// How long a stop in order may take.
const STOP: Duration = Duration::from_secs(60);

/// A running engine.
pub struct Engine {
    future: Pin<Box<dyn Future<Output = PipelineResult<()>>>>,
    cancel: CancellationToken,
    /// Polls until it is killed.
    fuse: Option<u64>,
    /// What it shows.
    pub stats: Arc<Stats>,
}

/// How an engine ended.
#[derive(Debug)]
pub enum Ended {
    /// It stopped by itself.
    Stopped(PipelineResult<()>),
    /// Its fuse burnt down.
    Killed,
}

/// Polls the engine once, as long as its fuse burns.
struct Burning<'a>(&'a mut Engine);

impl Future for Burning<'_> {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        let engine = &mut *self.0;
        if let Some(fuse) = &mut engine.fuse {
            if *fuse == 0 {
                return Poll::Ready(Ended::Killed);
            }
            *fuse -= 1;
        }
        engine.future.as_mut().poll(cx).map(Ended::Stopped)
    }
}

impl Engine {
    /// Starts the project of a world.
    #[must_use]
    pub fn start(world: &World) -> Self {
        let cancel = CancellationToken::new();
        let stats = Arc::new(Stats::default());
        let dialect = world.server.state().database.settings.dialect;
        let spec = Arc::new(world.project.spec(dialect));
        let future = tidewire_engine::run(spec, world.doors(), Arc::clone(&stats), cancel.clone());
        Self { future: Box::pin(future), cancel, fuse: None, stats }
    }

    /// Kills it after this many polls.
    pub fn light(&mut self, polls: u64) {
        self.fuse = Some(self.fuse.map_or(polls, |fuse| fuse.min(polls)));
    }

    /// Lets it run until a moment; tells how it ended, if it did.
    pub async fn run_until(&mut self, until: Instant) -> Option<Ended> {
        tokio::select! {
            biased;
            ended = Burning(self) => Some(ended),
            () = sleep_until(until) => None,
        }
    }

    /// Stops it in order; `None` when it does not stop.
    pub async fn stop(mut self) -> Option<Ended> {
        self.cancel.cancel();
        timeout(STOP, Burning(&mut self)).await.ok()
    }
}
