//! One rows event: decodes its rows and puts their messages into lanes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tidewire_words::Sentence;

use crate::endpoint::DatasourceKind;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::identity::{Half, RowName, TransactionKey};
use crate::kept::KEEP_EVERY_MS;
use crate::lanes::Lanes;
use crate::log::body::{Rows, RowsKind};
use crate::log::wire::Malformed;
use crate::message::{self, TooLarge};
use crate::planted::{self, Planted};
use crate::project::Dml;
use crate::rows::{Cell, PARTIAL_IMAGE, RowDecoder, RowPair};
use crate::serialize::{ChangeEvent, SerializeError, TransactionContext};
use crate::track::ROWS_PER_MARK;
use crate::words::fault;

use super::assured::assure;
use super::earlier::Group;
use super::output::{Flow, Output};
use super::pump::{Current, Parts, Run, is_before};
use super::select::{halves, images};
use super::table::{RowTable, next_sequence};

impl Run {
    pub(super) async fn on_rows(&mut self, rows: &Rows<'_>, slot: usize) -> Flow<()> {
        self.begin_transaction();
        let table = self.tables.get(slot).and_then(Option::as_ref).map(|table| Arc::clone(&table.bound));
        let Some(table) = table else {
            return Err(PipelineError::new(ErrorKind::Internal, fault::NO_TABLE).into());
        };
        let single = self.parts.spec.origin.kind == DatasourceKind::OceanbaseCe;
        let malformed = |error: Malformed| {
            let refused = match error {
                PARTIAL_IMAGE => PipelineError::new(ErrorKind::SourceSettings, fault::PARTIAL_IMAGE),
                _ => PipelineError::new(ErrorKind::EventMalformed, error),
            };
            refused.at_table(table.schema.full_name())
        };
        let kind = match rows.kind {
            RowsKind::Insert => Dml::Insert,
            RowsKind::Update | RowsKind::PartialUpdate => Dml::Update,
            RowsKind::Delete => Dml::Delete,
        };
        let mut decoder =
            RowDecoder::new(rows, &table.wire, &table.schema.columns, single).map_err(malformed)?;
        let mut pair = RowPair::default();
        let sent_millis = self.parts.doors.clock.now_millis();
        while decoder.next(&mut pair).map_err(malformed)? {
            let Some(number) = self.parts.assembler.next_row(slot) else { continue };
            let ordinal = self.parts.assembler.open().map_or(0, |open| open.counts.total());
            if let Some(current) = &mut self.current {
                current.in_row = true;
            }
            self.on_row(slot, kind, Row { number, ordinal, sent_millis, pair: &pair }).await?;
            self.row_done(ordinal);
            // A statement's event can hold very many rows.
            while self.parts.output.lanes.over_budget() {
                self.press().await?;
            }
        }
        Ok(())
    }

    fn row_done(&mut self, ordinal: u64) {
        let Some(current) = &mut self.current else { return };
        current.in_row = false;
        current.last_done = self.row;
        if ordinal.is_multiple_of(ROWS_PER_MARK)
            && let Some(within) = self.parts.assembler.done(false, current.numbered)
        {
            let version = self.parts.book.version();
            self.parts.tracker.within(self.row, self.sequence, version, within);
        }
    }

    pub(super) fn begin_transaction(&mut self) {
        let Some(open) = self.parts.assembler.open() else { return };
        // A transaction that is only read to compare ends without a commit step, so what is current
        // may be the one before: its name on these rows would lose some of them and repeat others.
        if self.current.as_ref().is_some_and(|current| current.id == open.id) {
            return;
        }
        let name = open.id.to_string();
        let skip_before = self.parts.tracker.place().skip_before;
        let (file, offset) = self.parts.assembler.position();
        self.parts.again.begin(&open.id, (file, offset), self.row);
        let again = self.numbered_before.take_if(|(transaction, _)| *transaction == name);
        self.current = Some(Current {
            id: open.id.clone(),
            key: TransactionKey::new(&self.parts.spec.id, &name),
            context: TransactionContext {
                id: name,
                commit_seconds: open.commit_micros / 1_000_000,
                commit_micros: u32::try_from(open.commit_micros % 1_000_000).unwrap_or(0),
            },
            before_start: skip_before.is_some_and(|start| is_before(open.commit_micros, start))
                && !planted::is(Planted::StartIgnored),
            last_done: self.row,
            in_row: false,
            numbered: again.map_or(0, |(_, numbered)| numbered),
            outcome: None,
        });
    }

    async fn on_row(&mut self, table_id: usize, kind: Dml, row: Row<'_, '_>) -> Flow<()> {
        let table = self.tables.get_mut(table_id).and_then(Option::as_mut);
        let (Some(table), Some(current)) = (table, self.current.as_ref()) else {
            return Err(PipelineError::new(ErrorKind::Internal, fault::NO_TABLE).into());
        };
        self.row += 1;
        let stats = Arc::clone(&self.parts.stats);
        if current.before_start {
            stats.before_start.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        if is_undone(&self.parts, current) {
            return Ok(());
        }
        let options = &self.parts.spec.options;
        let outcome = table
            .outcome(kind, row.pair)?
            .filter(|kind| planted::is(Planted::KindsIgnored) || options.dml.contains(kind));
        let split = outcome == Some(Dml::Update)
            && options.split_key_change
            && table.key_changes(&row.pair.before, &row.pair.after);
        let moves = kind == Dml::Update && !split && table.shard_changes(&row.pair.before, &row.pair.after);
        let moved = if moves && !planted::is(Planted::MovesUngated) {
            self.lanes_of_move(table_id, row.pair)?
        } else {
            None
        };
        if let Some((old, new)) = moved.filter(|_| outcome != Some(Dml::Delete)) {
            // What the old queue holds of the row comes before anything that the
            // new one gets, whether the update itself is sent or not.
            self.parts.output.lanes.gate(new, old);
        }
        let Some(kind) = outcome else {
            stats.filtered.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        let (mut first_half, mut sent) = (None, false);
        for (kind, half) in halves(kind, split) {
            let placed = self.on_half(table_id, *kind, *half, row, first_half).await?;
            first_half = placed.lane;
            sent |= placed.sent;
        }
        match moved {
            Some((old, new)) if kind == Dml::Delete => self.parts.output.lanes.gate(new, old),
            // The old key is free now: its next row must not overtake the update.
            Some((old, new)) => self.parts.output.lanes.gate(old, new),
            None => {}
        }
        if self.current.as_ref().is_some_and(|current| is_undone(&self.parts, current)) {
            return Ok(());
        }
        if sent {
            let name = self.parts.assembler.followed().name(table_id);
            stats.count_sent(kind, self.parts.again.holds(name, row.number));
        } else {
            stats.already_there.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The lanes that an update moves its row from and to, where they differ.
    fn lanes_of_move(
        &mut self,
        table_id: usize,
        pair: &RowPair<'_>,
    ) -> PipelineResult<Option<(usize, usize)>> {
        let Self { tables, scratch, .. } = self;
        let Some(table) = tables.get_mut(table_id).and_then(Option::as_mut) else { return Ok(None) };
        let old = choose_lane(table, &pair.before, &mut scratch.key, &mut scratch.shard)?;
        let new = choose_lane(table, &pair.after, &mut scratch.key, &mut scratch.shard)?;
        Ok((old != new).then_some((old, new)))
    }

    /// One message: its numbers, its lane, its text. It leaves after what the lane
    /// of the half before it holds.
    async fn on_half(
        &mut self,
        table_id: usize,
        kind: Dml,
        half: Half,
        change: Row<'_, '_>,
        behind: Option<usize>,
    ) -> Flow<Placed> {
        let Self { parts, tables, current, row, sequence, scratch, .. } = self;
        let table = tables.get_mut(table_id).and_then(Option::as_mut);
        let (Some(table), Some(current)) = (table, current.as_mut()) else { return Ok(Placed::default()) };
        let (before, after) = images(kind, change.pair);
        let routed = if kind == Dml::Delete { before } else { after };
        let in_sequence = parts.spec.options.sequence_in_transaction;
        if in_sequence || parts.earlier.keeps_order() {
            // Each leaves at once, or is what rows behind it are held against: none may be
            // undone later.
            assure(parts, current).await?;
            if is_undone(parts, current) {
                return Ok(Placed::default());
            }
        }
        *sequence = next_sequence(*sequence, current.context.commit_seconds);
        current.numbered += u64::from(in_sequence);
        let lane = choose_lane(table, routed, &mut scratch.key, &mut scratch.shard)?;
        let Row { number, ordinal, sent_millis, .. } = change;
        let RowTable { properties, .. } = &*table;
        let name = RowName { transaction: &current.key, table: properties.key(), number, half };
        let chosen_by = table.chosen_by(&scratch.key, &scratch.shard);
        let key = if table.has_key() { &scratch.key } else { chosen_by };
        if parts.earlier.take_row(name, kind, Group { lane, table: &table.name, key, chosen_by }) {
            return Ok(Placed { lane: Some(lane), sent: false });
        }
        if let Some(other) = behind.filter(|_| !planted::is(Planted::HalvesUngated)) {
            parts.output.lanes.gate(lane, other);
        }
        while parts.output.lanes.is_full(lane) {
            send_full(parts, current, lane).await?;
        }
        if is_undone(parts, current) {
            return Ok(Placed::default());
        }
        let Current { key: transaction, context, numbered, .. } = &*current;
        let message = Message {
            event: ChangeEvent {
                kind,
                before,
                after,
                transaction: context,
                ordinal,
                number: *numbered,
                sent_millis,
                sequence: *sequence,
                key_text: table.has_key().then_some(scratch.key.as_str()),
            },
            key: transaction,
            number,
            half,
            key_text: &scratch.key,
        };
        if let Some(bytes) = message.push(&mut parts.output.lanes, lane, *row, table)? {
            assure(parts, current).await?;
            if is_undone(parts, current) {
                return Ok(Placed::default());
            }
            empty_lane(&mut parts.output, lane).await?;
            push_bytes(&mut parts.output.lanes, lane, *row, &bytes);
        }
        if sent_millis >= table.next_kept {
            table.next_kept = sent_millis + KEEP_EVERY_MS;
            parts.output.keep(lane, &table.name, kind, sent_millis);
        }
        if in_sequence {
            // Confirmed before the next one goes, whatever queue that takes.
            empty_lane(&mut parts.output, lane).await?;
        }
        Ok(Placed { lane: Some(lane), sent: true })
    }
}

/// Where a message belongs, and whether it went there now or stood there already.
#[derive(Default)]
struct Placed {
    lane: Option<usize>,
    sent: bool,
}

/// A decoded row and what comes with it.
#[derive(Clone, Copy)]
struct Row<'p, 'a> {
    /// Among the table's rows in the transaction, and among all that are followed.
    number: u64,
    ordinal: u64,
    sent_millis: u64,
    pair: &'p RowPair<'a>,
}

fn choose_lane(
    table: &RowTable,
    image: &[Cell<'_>],
    key: &mut String,
    shard: &mut String,
) -> PipelineResult<usize> {
    table
        .key_text(image, key)
        .and_then(|()| table.lane(image, key, shard))
        .map_err(|error| table.value_error(&error, key))
}

/// Whether the row that is read never happened, as far as that is known.
fn is_undone(parts: &Parts, current: &Current) -> bool {
    let marks = || parts.assembler.open().map_or(0, |open| open.marks);
    current.outcome.as_ref().is_some_and(|outcome| outcome.undoes(marks()))
}

/// Makes room in a full lane.
async fn send_full(parts: &mut Parts, current: &mut Current, lane: usize) -> Flow<()> {
    parts.output.send(lane, false);
    if parts.output.lanes.is_full(lane) && current.outcome.is_none() {
        // What is on its way makes room, too.
        if parts.output.busy() {
            return parts.output.wait_one().await;
        }
        assure(parts, current).await?;
    }
    let output = &mut parts.output;
    if output.lanes.is_full(lane) {
        force(output, lane);
    }
    if output.lanes.is_full(lane) {
        output.wait_one().await?;
    }
    Ok(())
}

/// Waits until a lane holds nothing and has nothing in flight.
async fn empty_lane(output: &mut Output, lane: usize) -> Flow<()> {
    while !output.lanes.is_idle(lane) {
        force(output, lane);
        output.wait_one().await?;
    }
    Ok(())
}

/// Sends what a lane holds, and what it waits for.
fn force(output: &mut Output, lane: usize) {
    if output.lanes.is_gated(lane) {
        output.flush(true);
    } else {
        output.send(lane, true);
    }
}

struct Message<'m, 'a> {
    event: ChangeEvent<'m, 'a>,
    key: &'m TransactionKey,
    number: u64,
    half: Half,
    key_text: &'m str,
}

enum WriteError {
    Value(SerializeError),
    Large(TooLarge),
}

impl Message<'_, '_> {
    /// Writes the message into a lane's batch; hands it back when the batch
    /// would become too large.
    fn push(
        &self,
        lanes: &mut Lanes,
        lane: usize,
        row: u64,
        table: &mut RowTable,
    ) -> PipelineResult<Option<Vec<u8>>> {
        let RowTable { serializer, properties, .. } = table;
        let Self { key: transaction, number, half, .. } = *self;
        let name = RowName { transaction, table: properties.key(), number, half };
        let result = lanes.push(lane, row, |batch| {
            match message::append(batch, properties, &name, self.key_text, |out| {
                serializer.write(&self.event, out)
            }) {
                Ok(Ok(())) => Ok(()),
                Ok(Err(large)) => Err(WriteError::Large(large)),
                Err(error) => Err(WriteError::Value(error)),
            }
        });
        result.map_err(|error| match error {
            WriteError::Value(error) => table.value_error(&error, self.key_text),
            WriteError::Large(large) => self.too_large(large, &table.name),
        })
    }

    fn too_large(&self, large: TooLarge, table: &str) -> PipelineError {
        let key = self.key_text.replace('\u{1}', ", ");
        let (text, size, limit) = match large {
            TooLarge::Message(size) => (fault::LARGE_MESSAGE, size, message::MAX_MESSAGE_BYTES),
            TooLarge::Properties(size) => (fault::LARGE_PROPERTIES, size, message::MAX_PROPERTY_BYTES),
        };
        let detail = Sentence::new(text, &[table, &key, &size.to_string(), &limit.to_string()]);
        PipelineError::new(ErrorKind::MessageTooLarge, detail).at_table(table)
    }
}

fn push_bytes(lanes: &mut Lanes, lane: usize, row: u64, bytes: &[u8]) {
    let pushed = lanes.push(lane, row, |batch| {
        batch.extend_from_slice(bytes);
        Ok::<(), std::convert::Infallible>(())
    });
    debug_assert!(matches!(pushed, Ok(None)));
}
