//! The engine's door to a server: settings, places, shapes and the log, each over
//! a connection of its own.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tidewire_engine::checkpoint::Position;
use tidewire_engine::doors::{Described, Events, LogEnd, OpenLog, Source, SourceFacts};
use tidewire_engine::endpoint::SourceEndpoint;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::identity::TableName;
use tidewire_engine::log::transaction::Place;
use tidewire_engine::project::StartPoint;
use tidewire_words::Sentence;

use crate::catalogue::{dialect, schemas};
use crate::connect::{connect, connect_log, disconnect};
use crate::locate::{no_log, start_place};
use crate::resume::{LogRequest, look_from, resume_requests};
use crate::settings::{ServerInfo, check_log_settings, identity, log_status, server_info};
use crate::stream::{EventStream, StartAt, Subscriber};
use crate::words::fault;

/// Where a run would begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Begin {
    /// At a saved place.
    Place(Position),
    /// At the end of the log.
    Now,
    /// At the first transaction committed at this time or later, microseconds since 1970.
    AtMicros(u64),
}

/// A project's view of its source.
pub struct MySqlSource {
    endpoint: SourceEndpoint,
    who: Subscriber,
    /// Another name, for a second stream beside the first.
    beside: Subscriber,
    /// What the server said of itself when it was asked last.
    info: Mutex<Option<ServerInfo>>,
}

impl MySqlSource {
    /// Of a project: its id makes it known to the server.
    #[must_use]
    pub fn new(endpoint: SourceEndpoint, project: &str) -> Self {
        let beside = Subscriber::new(&format!("{project} beside"));
        Self { endpoint, who: Subscriber::new(project), beside, info: Mutex::default() }
    }

    async fn ask(&self) -> PipelineResult<ServerInfo> {
        let mut conn = connect(&self.endpoint).await?;
        let checked = async {
            let info = server_info(&mut conn, self.endpoint.kind).await?;
            check_log_settings(&mut conn, self.endpoint.kind).await?;
            Ok(info)
        }
        .await;
        disconnect(conn).await;
        let info: ServerInfo = checked?;
        *self.info.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.clone());
        Ok(info)
    }

    async fn info(&self) -> PipelineResult<ServerInfo> {
        let known = self.info.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(info) => Ok(info),
            None => self.ask().await,
        }
    }

    /// Opens the stream, by the first request that the server does not refuse.
    async fn open_stream(&self, place: &Place) -> PipelineResult<(EventStream, LogRequest)> {
        let source = &self.endpoint;
        let info = self.info().await?;
        let mut refused = None;
        for request in resume_requests(source, &info, place).await? {
            let mut stream = EventStream::open(source, &self.who, &request.start, false).await?;
            // A refusal comes as the first event; only a stream that has one really streams.
            let Some(refusal) = stream.refusal().await else { return Ok((stream, request)) };
            stream.give_back().await;
            if refusal.kind != ErrorKind::PositionPurged {
                return Err(refusal);
            }
            refused.get_or_insert(refusal);
        }
        let refused =
            refused.unwrap_or_else(|| PipelineError::new(ErrorKind::SourceClosed, fault::END_OF_STREAM));
        Err(at_place(refused, place))
    }

    async fn read_end(&self) -> PipelineResult<LogEnd> {
        let known = self.info().await?;
        let mut conn = connect_log(&self.endpoint).await?;
        let asked = async {
            let status = log_status(&mut conn).await?;
            Ok((status, identity(&mut conn, self.endpoint.kind).await?))
        }
        .await;
        disconnect(conn).await;
        let (status, identity) = asked?;
        if identity != known.identity {
            let detail = Sentence::new(fault::OTHER_SERVER, &[&identity, &known.identity]);
            return Err(PipelineError::new(ErrorKind::SourceClosed, detail));
        }
        let status = status.ok_or_else(no_log)?;
        Ok(LogEnd { file: status.file.into(), offset: status.offset })
    }

    /// Opens a second stream, beside the one that is followed.
    async fn open_beside(&self, place: &Place) -> PipelineResult<EventStream> {
        let start = look_from(&self.endpoint, place);
        let mut stream = EventStream::open(&self.endpoint, &self.beside, &start, false).await?;
        let Some(refused) = stream.refusal().await else { return Ok(stream) };
        stream.give_back().await;
        Err(at_place(refused, place))
    }
}

/// Opens the log where a run would begin, at a place or a start point, and reads its
/// first event, under a name that no run has.
///
/// # Errors
/// What would keep a run from beginning: the log no longer holds the place, the
/// account may not read it, nothing comes.
pub async fn opens(endpoint: &SourceEndpoint, begin: &Begin) -> PipelineResult<()> {
    let asked_at = jiff::Timestamp::now().as_microsecond();
    let source = MySqlSource::new(endpoint.clone(), &format!("check {asked_at}"));
    let place = match begin {
        Begin::Place(position) => Place::from_position(position),
        Begin::Now => source.locate(StartPoint::Now).await?,
        Begin::AtMicros(micros) => source.locate(StartPoint::AtMicros(*micros)).await?,
    };
    let (stream, _) = source.open_stream(&place).await?;
    stream.give_back().await;
    Ok(())
}

/// A refusal in the server's words does not say what was asked for.
fn at_place(mut refused: PipelineError, place: &Place) -> PipelineError {
    let (text, asked) = match &place.gtids {
        Some(gtids) if !gtids.is_empty() => (fault::AFTER_SET, gtids.to_string()),
        _ => (fault::AT_PLACE, format!("{}:{}", place.file, place.offset)),
    };
    refused.detail = Sentence::of_messages(text, &[&asked.as_str().into(), &refused.detail]);
    refused.at_position(asked)
}

impl Source for MySqlSource {
    fn describe(&self) -> BoxFuture<'_, PipelineResult<SourceFacts>> {
        async {
            let info = self.ask().await?;
            let dialect = dialect(self.endpoint.kind, &info.version);
            Ok(SourceFacts { folds_case: info.folds_case(), dialect })
        }
        .boxed()
    }

    fn locate(&self, start: StartPoint) -> BoxFuture<'_, PipelineResult<Place>> {
        async move {
            let info = self.info().await?;
            start_place(&self.endpoint, &info, &self.who, start).await
        }
        .boxed()
    }

    fn end(&self) -> BoxFuture<'_, PipelineResult<LogEnd>> {
        self.read_end().boxed()
    }

    fn schemas<'a>(&'a self, tables: &'a [TableName]) -> BoxFuture<'a, PipelineResult<Vec<Described>>> {
        schemas(&self.endpoint, tables).boxed()
    }

    fn open<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, PipelineResult<OpenLog>> {
        async move {
            let (events, request) = self.open_stream(place).await?;
            let from = match &request.start {
                StartAt::File(file, offset) => (Arc::from(file.as_str()), *offset),
                StartAt::Gtids(_) | StartAt::Domains(_) => (Arc::from(""), 0),
            };
            Ok(OpenLog { events: Box::new(events), expected: request.expected, from })
        }
        .boxed()
    }

    fn look_ahead<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, PipelineResult<Box<dyn Events>>> {
        async move {
            let events = self.open_beside(place).await?;
            Ok(Box::new(events) as Box<dyn Events>)
        }
        .boxed()
    }
}
