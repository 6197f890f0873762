//! Faults that are planted to see whether the simulated world finds them. Without
//! the feature `planted`, which no build of the product has, nothing of this is
//! left: [`is`] is a constant.

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A request without an answer counts as stored.
    ConfirmUnanswered,
    /// The place passes one row that is not confirmed.
    PlaceEarly,
    /// A place names the transaction behind its own as done.
    GtidAhead,
    /// The second half of a change of the key does not wait for the first.
    HalvesUngated,
    /// A row that moves to another queue does not wait for the old one.
    MovesUngated,
    /// The last message of a queue is not read back.
    TailReadShort,
    /// Tails are read back from the last confirmed message on.
    TailFromNext,
    /// The ends of queues are believed at the first look.
    EndsAtOnce,
    /// A running project is saved as one that stopped in order.
    RunningSaysClean,
    /// A project that could not drain is saved as one that stopped in order.
    StopSaysClean,
    /// Ids that were read back are forgotten with the first place.
    IdsForgottenSoon,
    /// Ids that were read back are never forgotten.
    IdsKept,
    /// One row more of a transaction counts as done.
    WithinOffByOne,
    /// A transaction that was done in part is done again.
    WithinIgnored,
    /// Rows are counted over all followed tables.
    OrdinalsOverAll,
    /// The transaction that is asked for once more is delivered once more.
    OverlapDelivered,
    /// A file that ends inside a transaction is nothing special.
    CutIgnored,
    /// An update that leaves the filter stays an update.
    FilterSeesOneImage,
    /// All kinds of changes go out.
    KindsIgnored,
    /// All columns are shown.
    ColumnsIgnored,
    /// The queue follows from all columns of a row.
    QueueByImage,
    /// A request without an answer is sent again at once.
    ResentAtOnce,
    /// A request without an answer is sent again to another queue.
    ResentElsewhere,
    /// ROLLBACK is read as COMMIT.
    RollbackAsCommit,
    /// What is rolled back to a savepoint stays.
    SavepointIgnored,
    /// Rows leave before it is known whether their transaction commits.
    LeavesUnassured,
    /// Lanes hold eight times what they may.
    BudgetIgnored,
    /// Messages above the place are not looked for.
    ScanFromNext,
    /// The newest checkpoint is taken though the broker lost messages.
    RewindForgotten,
    /// A queue that was filled up again after a loss counts as whole.
    WitnessUnasked,
    /// Changes that were logged as statements are passed over.
    StatementsIgnored,
    /// A log that is opened again is taken for the one that was left.
    ContinuityTrusted,
    /// The catalogue is believed whatever stands behind the place.
    ProofAtOnce,
    /// No bit among the signs is a YEAR's.
    YearsUnsigned,
    /// Shapes are not saved with the place that needs them.
    VersionsUnsaved,
    /// A definite stop drops what is not delivered.
    StopsUndelivered,
    /// What was sent after a loss stays before what was lost.
    LossOutOfOrder,
    /// A statement that changes a table is not noticed.
    ShapeKept,
    /// Rows from before the start go out.
    StartIgnored,
    /// An update shows the row after as the row before.
    ImagesSwapped,
    /// Unsigned numbers are read as signed.
    SignLost,
    /// MEDIUMINT has no sign.
    MediumintWide,
    /// The year 0 is 1900.
    YearZero,
    /// Decimals have no sign.
    MinusLost,
    /// BINARY loses its zero bytes.
    BinaryUnpadded,
    /// ENUM counts its labels from 0.
    LabelOffByOne,
    /// Only eight columns have a bit for NULL.
    NullsOfEight,
    /// Numbers in documents of the Binlog Service are read as MySQL writes them.
    DoublesAsStored,
    /// GBK is read as Latin 1.
    CharsetForgotten,
}

impl Planted {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::ConfirmUnanswered,
        Self::PlaceEarly,
        Self::GtidAhead,
        Self::HalvesUngated,
        Self::MovesUngated,
        Self::TailReadShort,
        Self::TailFromNext,
        Self::EndsAtOnce,
        Self::RunningSaysClean,
        Self::StopSaysClean,
        Self::IdsForgottenSoon,
        Self::IdsKept,
        Self::WithinOffByOne,
        Self::WithinIgnored,
        Self::OrdinalsOverAll,
        Self::OverlapDelivered,
        Self::CutIgnored,
        Self::FilterSeesOneImage,
        Self::KindsIgnored,
        Self::ColumnsIgnored,
        Self::QueueByImage,
        Self::ResentAtOnce,
        Self::ResentElsewhere,
        Self::RollbackAsCommit,
        Self::SavepointIgnored,
        Self::LeavesUnassured,
        Self::BudgetIgnored,
        Self::ScanFromNext,
        Self::RewindForgotten,
        Self::WitnessUnasked,
        Self::StatementsIgnored,
        Self::ContinuityTrusted,
        Self::ProofAtOnce,
        Self::YearsUnsigned,
        Self::VersionsUnsaved,
        Self::StopsUndelivered,
        Self::LossOutOfOrder,
        Self::ShapeKept,
        Self::StartIgnored,
        Self::ImagesSwapped,
        Self::SignLost,
        Self::MediumintWide,
        Self::YearZero,
        Self::MinusLost,
        Self::BinaryUnpadded,
        Self::LabelOffByOne,
        Self::NullsOfEight,
        Self::DoublesAsStored,
        Self::CharsetForgotten,
    ];
}

#[cfg(feature = "planted")]
thread_local! {
    static NOW: std::cell::Cell<Option<Planted>> = const { std::cell::Cell::new(None) };
}

/// Plants a fault in this thread, or none.
#[cfg(feature = "planted")]
pub fn plant(fault: Option<Planted>) {
    NOW.set(fault);
}

/// Whether a fault is planted.
#[cfg(feature = "planted")]
#[inline]
pub(crate) fn is(fault: Planted) -> bool {
    NOW.get() == Some(fault)
}

/// Whether a fault is planted: never.
#[cfg(not(feature = "planted"))]
#[inline]
pub(crate) const fn is(_: Planted) -> bool {
    false
}
