//! Tests of lanes without a broker.

use super::*;

fn lanes(count: i32) -> Lanes {
    let queue = |id| QueueStart {
        queue: Queue { topic: "t".into(), broker: "b".into(), id },
        end: 100,
        scan_from: 100,
        witness: None,
        early_below: None,
    };
    let limits = LaneLimits { budget: 1000, batch_bytes: 100, batch_messages: 3 };
    Lanes::new((0..count).map(queue).collect(), limits)
}

fn push(lanes: &mut Lanes, lane: usize, row: u64) {
    lanes
        .push(lane, row, |out| {
            out.extend_from_slice(&[u8::try_from(row).expect("small"); 10]);
            Ok::<(), ()>(())
        })
        .expect("written");
}

fn confirm(lanes: &mut Lanes, lane: usize, first: i64) {
    let count = lanes.waiting(lane) - lanes.all[lane].open.count;
    let last = first + i64::try_from(count).expect("few") - 1;
    lanes.confirm(lane, Stored { first, last }, None);
}

#[test]
fn only_finished_transactions_leave_by_themselves() {
    let mut lanes = lanes(1);
    push(&mut lanes, 0, 1);
    assert!(lanes.take(0, false).is_none());
    lanes.commit();
    push(&mut lanes, 0, 2);
    let batch = lanes.take(0, false).expect("row 1");
    assert_eq!((batch.count, batch.messages[0]), (1, 1));
    assert_eq!(lanes.oldest_waiting(), Some(1));
    confirm(&mut lanes, 0, 100);
    assert_eq!(lanes.oldest_waiting(), Some(2));
    assert!(lanes.rollback());
    assert!(lanes.all_idle());
}

#[test]
fn forced_rows_can_not_be_taken_back() {
    let mut lanes = lanes(2);
    push(&mut lanes, 0, 1);
    push(&mut lanes, 1, 2);
    assert!(lanes.take(1, true).is_some());
    assert!(!lanes.rollback());
    lanes.commit();
    assert!(lanes.take(0, false).is_some());
}

#[test]
fn scans_begin_at_the_first_row_above_the_place() {
    let mut lanes = lanes(2);
    for row in 1..=3 {
        push(&mut lanes, 0, row);
    }
    push(&mut lanes, 1, 4);
    lanes.commit();
    lanes.take(0, false);
    confirm(&mut lanes, 0, 100);
    push(&mut lanes, 0, 5);
    lanes.commit();
    lanes.take(0, false);
    confirm(&mut lanes, 0, 103);
    // Row 4 waits, so the place may stand at row 3.
    assert_eq!(lanes.oldest_waiting(), Some(4));
    let marks = lanes.marks(3);
    assert_eq!((marks[0].scan_from, marks[0].next), (103, 104));
    assert_eq!((marks[1].scan_from, marks[1].next), (100, 100));
    assert_eq!(lanes.marks(5)[0].scan_from, 104);
}

#[test]
fn messages_of_an_earlier_run_stay_in_sight_until_their_rows_are_passed() {
    let queue = Queue { topic: "t".into(), broker: "b".into(), id: 0 };
    let limits = LaneLimits { budget: 1000, batch_bytes: 100, batch_messages: 3 };
    let mut lanes = Lanes::new(
        vec![QueueStart { queue, end: 100, scan_from: 60, witness: None, early_below: None }],
        limits,
    );
    // Rows 1 to 40 were found in the queue; row 41 is sent and confirmed.
    push(&mut lanes, 0, 41);
    lanes.take(0, true);
    confirm(&mut lanes, 0, 100);
    assert_eq!((lanes.marks(0)[0].scan_from, lanes.marks(0)[0].next), (60, 101));
    lanes.drop_carried();
    assert_eq!(lanes.marks(0)[0].scan_from, 100);
}

#[test]
fn a_batch_without_an_answer_holds_back_its_lane_and_the_place() {
    let mut lanes = lanes(2);
    push(&mut lanes, 0, 1);
    lanes.commit();
    assert!(lanes.take(0, true).is_some());
    push(&mut lanes, 0, 2);
    push(&mut lanes, 1, 3);
    lanes.commit();
    assert!(lanes.take(0, true).is_none());
    assert!(lanes.take(1, true).is_some());
    confirm(&mut lanes, 1, 100);
    assert_eq!(lanes.oldest_waiting(), Some(1));
    assert!(!lanes.all_idle());
}

#[test]
fn what_stands_behind_a_gate_waits_for_the_other_lane() {
    let mut lanes = lanes(3);
    push(&mut lanes, 0, 1);
    push(&mut lanes, 1, 2);
    lanes.gate(1, 0);
    push(&mut lanes, 1, 3);
    lanes.gate(2, 1);
    push(&mut lanes, 2, 4);
    lanes.commit();
    let count = |lanes: &mut Lanes, lane| lanes.take(lane, true).map(|batch| batch.count);
    assert_eq!(count(&mut lanes, 2), None);
    assert_eq!(count(&mut lanes, 1), Some(1));
    confirm(&mut lanes, 1, 100);
    assert_eq!(count(&mut lanes, 1), None);
    assert!(lanes.is_gated(1) && !lanes.is_gated(0));
    assert_eq!(count(&mut lanes, 0), Some(1));
    confirm(&mut lanes, 0, 100);
    assert_eq!(count(&mut lanes, 1), Some(1));
    confirm(&mut lanes, 1, 101);
    assert_eq!(count(&mut lanes, 2), Some(1));
    assert_eq!(lanes.oldest_waiting(), Some(4));
}

#[test]
fn a_row_that_moves_twice_waits_for_where_it_was_first() {
    let mut lanes = lanes(3);
    push(&mut lanes, 0, 1);
    // From lane 0 to 1 and on to 2, with no message on its way through 1.
    lanes.gate(1, 0);
    lanes.gate(2, 1);
    push(&mut lanes, 2, 2);
    lanes.commit();
    assert!(lanes.take(2, true).is_none() && lanes.take(0, false).is_some());
    confirm(&mut lanes, 0, 0);
    assert!(lanes.take(2, false).is_some());
}

#[test]
fn gates_of_rows_taken_back_are_gone_and_those_before_stay() {
    let mut lanes = lanes(2);
    push(&mut lanes, 0, 1);
    lanes.gate(1, 0);
    lanes.commit();
    push(&mut lanes, 1, 2);
    lanes.gate(0, 1);
    assert!(lanes.rollback());
    assert!(!lanes.is_gated(0) && lanes.is_gated(1));
}

#[test]
fn rows_since_a_savepoint_are_dropped_as_far_as_they_are_there() {
    let mut lanes = lanes(2);
    push(&mut lanes, 0, 1);
    lanes.savepoint("a".to_owned());
    push(&mut lanes, 0, 2);
    push(&mut lanes, 1, 3);
    lanes.gate(0, 1);
    assert!(lanes.rollback_to("a"));
    assert!(lanes.is_idle(1) && !lanes.is_gated(0));
    push(&mut lanes, 0, 4);
    lanes.commit();
    let batch = lanes.take(0, false).expect("rows 1 and 4");
    assert_eq!((batch.count, batch.messages[0], batch.messages[10]), (2, 1, 4));
    assert_eq!(lanes.held(), 20);
}

#[test]
fn rows_that_left_before_a_savepoint_stay_and_later_ones_are_told() {
    let mut lanes = lanes(1);
    push(&mut lanes, 0, 1);
    lanes.savepoint("a".to_owned());
    assert!(lanes.take(0, true).is_some());
    push(&mut lanes, 0, 2);
    assert!(lanes.rollback_to("a"));
    assert_eq!(lanes.waiting(0), 1);
    confirm(&mut lanes, 0, 100);
    push(&mut lanes, 0, 3);
    assert!(lanes.take(0, true).is_some());
    assert!(!lanes.rollback_to("a"));
    assert!(!lanes.undo());
}

#[test]
fn a_way_back_to_a_savepoint_that_was_forgotten_is_told() {
    let mut lanes = lanes(1);
    assert!(lanes.rollback_to("never seen"));
    for number in 0..1100 {
        lanes.savepoint(format!("s{number}"));
    }
    push(&mut lanes, 0, 1);
    assert!(lanes.rollback_to("s1099") && lanes.all_idle());
    push(&mut lanes, 0, 2);
    assert!(!lanes.rollback_to("s0"));
    lanes.commit();
    assert!(lanes.rollback_to("s0"));
}

#[test]
fn a_lane_sends_one_batch_at_a_time() {
    let mut lanes = lanes(1);
    push(&mut lanes, 0, 1);
    lanes.commit();
    assert!(lanes.take(0, true).is_some());
    push(&mut lanes, 0, 2);
    assert!(lanes.take(0, true).is_none());
    assert!(!lanes.is_full(0));
}
