//! Scripts of segments and acknowledgements, without a network: one mechanism each.

use proptest::prelude::*;

use super::*;
use crate::net::lab_net::round_trip::MILLIS;

const RTT: Nanos = 100 * MILLIS;
const HAS_NEW: AckContext = AckContext { carries_data: false, has_new: true };

/// A sender whose SYN was answered after [`RTT`], and which may send whatever its congestion window lets it.
fn opened(tcp: TcpModel) -> Sender {
    let mut sender = Sender::new(tcp, 1 << 30);
    sender.opening_sent(0);
    sender.opened(None, RTT);
    sender
}

/// Sends `segments` full segments, or as many as there is room for.
fn send(sender: &mut Sender, segments: u64, now: Nanos) {
    let from = sender.next / MSS;
    for number in from..from + segments {
        if !sender.has_room() {
            break;
        }
        sender.leaves((number * MSS, MSS, false), now);
    }
    sender.pauses(sender.next / MSS > from, now);
}

/// Everything before segment `next` has arrived, and so have these ranges of segments.
fn ack(next: u64, early: &[(u64, u64)]) -> Ack {
    let mut ack = Ack { next: next * MSS, window: 1 << 30, ..Ack::default() };
    ack.early.iter_mut().zip(early).for_each(|(block, (start, end))| *block = (start * MSS, end * MSS));
    ack
}

fn take(sender: &mut Sender, ack: &Ack, now: Nanos) -> RecoveryAction {
    sender.take(ack, AckContext::default(), now)
}

/// The segments that leave again now.
fn resent(sender: &mut Sender, now: Nanos) -> Vec<u64> {
    std::iter::from_fn(|| sender.resend_lost(now)).map(|segment| segment.seq / MSS).collect()
}

fn timer(sender: &Sender) -> Option<(TimerKind, Nanos)> {
    Some((sender.timer.kind()?, sender.timer.alarm.expires_at()?))
}

#[test]
fn three_later_segments_show_a_loss_and_its_retransmission_does_not_wait_for_room() {
    // RFC 6675 §5, step 4.3; RFC 8985 §6.2.
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 10, RTT);
    assert_eq!(take(&mut sender, &ack(0, &[(1, 2)]), 2 * RTT), RecoveryAction::None);
    assert_eq!(take(&mut sender, &ack(0, &[(1, 3)]), 2 * RTT + MILLIS), RecoveryAction::None);
    assert_eq!(sender.recovery.phase(), Phase::Disorder);
    let now = 2 * RTT + 2 * MILLIS;
    assert_eq!(take(&mut sender, &ack(0, &[(1, 4)]), now), RecoveryAction::ResendLost);
    assert_eq!(sender.recovery.phase(), Phase::Recovery);
    assert_eq!(sender.congestion.threshold(), 5, "half of the window, in whole segments");
    assert_eq!(sender.board.in_flight(), 6, "more than the threshold");
    assert_eq!(resent(&mut sender, now), [0]);
}

#[test]
fn the_timer_begins_anew_when_the_first_segment_is_sent_again() {
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 10, RTT);
    let now = 2 * RTT;
    take(&mut sender, &ack(0, &[(1, 4)]), now);
    assert_eq!(resent(&mut sender, now), [0]);
    assert_eq!(timer(&sender), Some((TimerKind::Retransmission, now + sender.time_out())));
}

#[test]
fn two_later_segments_show_a_loss_after_a_quarter_of_a_round_trip() {
    // RFC 8985 §6.2: the reordering window, and §6.3: its timer.
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 3, RTT);
    assert_eq!(take(&mut sender, &ack(0, &[(1, 3)]), 2 * RTT), RecoveryAction::None);
    let (kind, at) = timer(&sender).unwrap();
    assert_eq!((kind, at), (TimerKind::Reordering, 2 * RTT + RTT / 4 + 8 * MILLIS));
    assert!(sender.reordering_is_over(at));
    assert_eq!((sender.recovery.phase(), resent(&mut sender, at)), (Phase::Recovery, vec![0]));
}

#[test]
fn the_window_goes_down_in_proportion_to_what_arrives() {
    // RFC 6937: of 20 segments in flight one is lost; while the other 19 arrive, ten leave.
    let mut sender = opened(TcpModel::Realistic);
    sender.congestion.set_window(20);
    send(&mut sender, 20, RTT);
    let mut left = 0;
    for arrived in 1..20 {
        let now = 2 * RTT + arrived * MILLIS;
        take(&mut sender, &ack(0, &[(1, 1 + arrived)]), now);
        left += resent(&mut sender, now).len();
        let before = sender.next;
        send(&mut sender, 20, now);
        left += usize::try_from((sender.next - before) / MSS).unwrap();
        assert!(left <= usize::try_from(arrived).unwrap().div_ceil(2) + 1, "{left} after {arrived}");
    }
    assert_eq!((left, sender.board.in_flight()), (10, 10));
    // Two of the new ones left before the loss was known, for the first two that arrived (RFC 3042).
    assert_eq!(sender.recovery.point(), 22 * MSS);
    take(&mut sender, &ack(22, &[]), 3 * RTT);
    assert_eq!((sender.recovery.phase(), sender.congestion.window()), (Phase::Open, 10));
}

#[test]
fn a_retransmission_that_is_lost_is_found_by_what_was_sent_after_it() {
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 10, RTT);
    let now = 2 * RTT;
    take(&mut sender, &ack(0, &[(1, 8)]), now);
    assert_eq!(resent(&mut sender, now), [0]);
    send(&mut sender, 1, now + MILLIS);
    let later = 3 * RTT + 2 * MILLIS;
    assert_eq!(take(&mut sender, &ack(0, &[(1, 11)]), later), RecoveryAction::ResendLost);
    assert_eq!(resent(&mut sender, later), [0], "no time-out is needed");
}

// ---- the last segments of a flight

#[test]
fn a_probe_leaves_two_round_trips_after_the_last_segment() {
    // RFC 8985 §7.2; one segment alone may be waiting for a delayed acknowledgement.
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 2, RTT);
    assert_eq!(timer(&sender), Some((TimerKind::LossProbe, RTT + 2 * RTT + 8 * MILLIS)));
    let mut alone = opened(TcpModel::Realistic);
    send(&mut alone, 1, RTT);
    assert_eq!(timer(&alone), Some((TimerKind::LossProbe, RTT + 300 * MILLIS)), "no later than the time-out");
}

#[test]
fn a_probe_is_new_data_or_else_the_last_segment_and_there_is_one_at_a_time() {
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 4, RTT);
    let now = 3 * RTT + 8 * MILLIS;
    assert!(matches!(sender.probe_with(true, now), ProbeContent::New));
    let ProbeContent::Last(segment) = sender.probe_with(false, now) else { panic!("the last segment") };
    assert_eq!(segment.seq, 3 * MSS);
    sender.probe_sent(now);
    assert_eq!(timer(&sender), Some((TimerKind::Retransmission, now + 300 * MILLIS)));
    assert!(matches!(sender.probe_with(false, now + MILLIS), ProbeContent::Nothing));
}

/// A sender that has probed with the last of four segments, the first three being acknowledged.
fn probed() -> (Sender, Nanos) {
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 4, RTT);
    take(&mut sender, &ack(3, &[]), 2 * RTT);
    let now = 4 * RTT;
    assert!(matches!(sender.probe_with(false, now), ProbeContent::Last(_)));
    sender.probe_sent(now);
    (sender, now)
}

#[test]
fn a_probe_that_repaired_a_loss_reduces_the_window_and_a_needless_one_does_not() {
    // RFC 8985 §7.4.2.
    let (mut sender, now) = probed();
    let window = sender.congestion.window();
    take(&mut sender, &ack(4, &[]), now + RTT);
    assert_eq!(sender.congestion.window(), window, "both may have arrived still");
    send(&mut sender, 1, now + RTT);
    take(&mut sender, &ack(5, &[]), now + 2 * RTT);
    assert_eq!((sender.congestion.window(), sender.recovery.phase()), (window / 2, Phase::Open));

    let (mut sender, now) = probed();
    take(&mut sender, &ack(4, &[]), now + RTT / 2);
    let twice = Ack { duplicate: Some((3 * MSS, 4 * MSS)), ..ack(4, &[]) };
    take(&mut sender, &twice, now + RTT);
    send(&mut sender, 1, now + RTT);
    take(&mut sender, &ack(5, &[]), now + 2 * RTT);
    assert!(sender.congestion.window() >= window);
}

// ---- time-outs, right and wrong

#[test]
fn a_time_out_sends_the_first_segment_alone_and_then_slow_start() {
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 10, RTT);
    let now = RTT + 300 * MILLIS;
    assert_eq!(sender.timed_out(now).map(|segment| segment.seq), Some(0));
    assert_eq!((sender.board.in_flight(), sender.congestion.window(), sender.congestion.threshold()), (1, 1, 5));
    assert_eq!(timer(&sender), Some((TimerKind::Retransmission, now + 600 * MILLIS)), "doubled (RFC 6298 §5.5)");
    assert_eq!(resent(&mut sender, now), [] as [u64; 0]);
    assert_eq!(take(&mut sender, &ack(1, &[]), now + RTT), RecoveryAction::ResendLost);
    assert_eq!(resent(&mut sender, now + RTT), [1, 2]);
    take(&mut sender, &ack(3, &[]), now + 2 * RTT);
    assert_eq!(resent(&mut sender, now + 2 * RTT), [3, 4, 5, 6]);
}

#[test]
fn a_time_out_that_came_too_soon_is_found_out_by_new_data_and_taken_back() {
    // RFC 5682 §3.1: the acknowledgements of the first transmissions were only late.
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 10, RTT);
    sender.timed_out(RTT + 300 * MILLIS);
    let late = RTT + 350 * MILLIS;
    assert_eq!(sender.take(&ack(1, &[]), HAS_NEW, late), RecoveryAction::SendNew, "step 2b: send something new");
    send(&mut sender, 2, late);
    assert!(sender.can_tell());
    let later = late + 2 * MILLIS;
    assert_eq!(take(&mut sender, &ack(2, &[]), later), RecoveryAction::None, "step 3b: it was not sent again");
    assert_eq!((sender.recovery.phase(), sender.board.lost()), (Phase::Open, 0));
    assert!(sender.congestion.window() >= 10, "{}", sender.congestion.window());
    assert_eq!(resent(&mut sender, later), [] as [u64; 0]);
}

#[test]
fn a_time_out_that_was_right_is_not_taken_back() {
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 10, RTT);
    let now = RTT + 300 * MILLIS;
    sender.timed_out(now);
    assert_eq!(sender.take(&ack(1, &[]), HAS_NEW, now + RTT), RecoveryAction::SendNew);
    send(&mut sender, 2, now + RTT);
    // Step 3a: the new segments arrive, and what was sent before them has not.
    assert_eq!(take(&mut sender, &ack(1, &[(10, 11)]), now + 2 * RTT), RecoveryAction::ResendLost);
    assert_eq!(sender.recovery.phase(), Phase::Loss);
    assert_eq!(resent(&mut sender, now + 2 * RTT), [1], "slow start goes on: one of the two is on its way still");
}

#[test]
fn what_was_sent_less_than_a_round_trip_ago_is_not_lost_with_the_rest() {
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 5, RTT);
    take(&mut sender, &ack(1, &[]), 2 * RTT);
    send(&mut sender, 2, 2 * RTT + 150 * MILLIS);
    sender.timed_out(2 * RTT + 200 * MILLIS);
    assert_eq!(sender.board.lost(), 4, "not the two sent 50 ms ago");
}

#[test]
fn a_reduction_is_taken_back_when_the_peer_says_that_it_had_everything() {
    // RFC 3708: the missing segment was late, and its retransmission came twice.
    let mut sender = opened(TcpModel::Realistic);
    send(&mut sender, 10, RTT);
    take(&mut sender, &ack(0, &[(1, 4)]), 2 * RTT);
    assert_eq!(resent(&mut sender, 2 * RTT), [0]);
    take(&mut sender, &ack(4, &[]), 2 * RTT + MILLIS);
    assert!(sender.congestion.window() < 10);
    let twice = Ack { duplicate: Some((0, MSS)), ..ack(10, &[]) };
    take(&mut sender, &twice, 3 * RTT);
    assert!(sender.congestion.window() >= 10, "{}", sender.congestion.window());
    assert_eq!(sender.congestion.threshold(), crate::net::lab_net::congestion::NO_THRESHOLD);
}

#[test]
fn a_timestamp_shows_at_once_that_the_first_transmission_was_answered() {
    // RFC 3522 (Eifel): what is answered was sent before the retransmission.
    let mut sender = opened(TcpModel::Modern);
    send(&mut sender, 10, RTT);
    take(&mut sender, &ack(0, &[(1, 4)]), 2 * RTT);
    assert_eq!(resent(&mut sender, 2 * RTT), [0]);
    sender.timed_out(2 * RTT + 300 * MILLIS);
    let answered = Ack { echo: Some(RTT), ..ack(10, &[]) };
    take(&mut sender, &answered, 2 * RTT + 310 * MILLIS);
    assert_eq!((sender.recovery.phase(), sender.congestion.window() >= 10), (Phase::Open, true));
}

#[test]
fn a_syn_sent_again_twice_begins_with_one_segment_and_once_with_ten() {
    let after = |times: u32, echo: Option<Nanos>| {
        let mut sender = Sender::new(TcpModel::Realistic, 1 << 30);
        sender.opening_sent(0);
        (0..times).for_each(|_| sender.opening_timed_out(0));
        sender.opened(echo, 4_000 * MILLIS);
        (sender.congestion.window(), sender.time_out() / MILLIS)
    };
    assert_eq!([after(0, None), after(1, None), after(2, None)], [(10, 12_000), (10, 3_000), (1, 3_000)]);
    assert_eq!(after(1, Some(3_900 * MILLIS)), (10, 300), "a timestamp says which of them was answered");
}

// ---- whatever comes

#[derive(Clone, Debug)]
enum SenderEvent {
    Send(u64),
    Acknowledge { next: u64, early: Vec<(u64, u64)>, duplicate: Option<(u64, u64)>, echo: Option<u64> },
    Expire,
    Resend,
}

fn happening() -> impl Strategy<Value = SenderEvent> {
    let range = || (0..60_u64, 0..12_u64).prop_map(|(start, len)| (start, start + len));
    let acknowledge = (
        0..60_u64,
        proptest::collection::vec(range(), 0..4),
        proptest::option::of(range()),
        proptest::option::of(0..400_u64),
    );
    prop_oneof![
        (1..30_u64).prop_map(SenderEvent::Send),
        acknowledge.prop_map(|(next, early, duplicate, echo)| SenderEvent::Acknowledge {
            next,
            early,
            duplicate,
            echo
        }),
        Just(SenderEvent::Expire),
        Just(SenderEvent::Resend),
    ]
}

proptest! {
    #[test]
    fn whatever_is_acknowledged_nothing_is_counted_twice(
        happenings in proptest::collection::vec((happening(), 0..400_u64, 0..5_u64), 1..120),
        modern in any::<bool>(),
    ) {
        let mut sender = opened(if modern { TcpModel::Modern } else { TcpModel::Realistic });
        let mut now = RTT;
        for (happening, pause, late) in happenings {
            // In real time a task may act a little before what has happened already.
            now = (now + pause * MILLIS).saturating_sub(late * MILLIS);
            match happening {
                SenderEvent::Send(segments) => send(&mut sender, segments, now),
                SenderEvent::Acknowledge { next, early, duplicate, echo } => {
                    let ack = Ack {
                        duplicate: duplicate.map(|(start, end)| (start * MSS, end * MSS)),
                        echo: echo.map(|ago| now.saturating_sub(ago * MILLIS)),
                        ..ack(next, &early)
                    };
                    sender.take(&ack, HAS_NEW, now);
                }
                SenderEvent::Expire => {
                    sender.timed_out(now);
                }
                SenderEvent::Resend => {
                    resent(&mut sender, now);
                }
            }
            prop_assert!(sender.board.counts_are_right());
            prop_assert!(sender.congestion.window() >= 1);
            prop_assert!(sender.board.remembered() <= 2 * usize::try_from(sender.board.len()).unwrap() + 66);
        }
    }
}
