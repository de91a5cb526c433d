//! What the pen promises.

mod counts {
    use super::super::*;
    use crate::wire::End;

    fn end(name: &str) -> End {
        End { name: name.to_owned(), ip_port: None }
    }

    #[test]
    fn are_kept_of_what_the_record_does_not_keep() {
        let recorder = Recorder::default();
        let ends = Ends { client: end("you"), server: end("server") };
        let flow = recorder.open(None, FlowKind::Connection, "c".to_owned(), ends, Duration::ZERO);
        let seen =
            Sighting { at: Duration::ZERO, from: Side::Server, layer: Layer::Stream, transit: None, wire_len: 10 };
        flow.octets(seen, b"0123456789", None, 4);
        flow.octets(seen, b"0123456789", None, 0);
        flow.step(Duration::ZERO, Side::Server, ConnectionStep::Lost, None);
        flow.step(Duration::ZERO, Side::Server, ConnectionStep::Retransmit, None);
        assert_eq!(flow.crossed(Side::Server, Layer::Stream), 20);
        assert_eq!(flow.crossed(Side::Client, Layer::Stream), 0);
        assert_eq!(flow.losses(), (1, 1));
    }

    #[test]
    fn of_ends_stay_at_one_a_flow() {
        let recorder = Recorder::default();
        let ends = Ends { client: end("you"), server: end("server") };
        let run = recorder.open(None, FlowKind::Run, "r".to_owned(), ends.clone(), Duration::ZERO);
        let first = run.child(FlowKind::Connection, "1".to_owned(), ends.clone(), Duration::ZERO);
        let second = run.child(FlowKind::Connection, "2".to_owned(), ends, Duration::ZERO);
        first.close(Duration::from_secs(1));
        recorder.end_live(Duration::from_secs(2), &FlowState::Stopped);
        assert!(run.is_ended() && first.is_ended() && second.is_ended());
        let ledger = recorder.into_ledger();
        let states: Vec<_> = ledger.flows().iter().map(|flow| flow.state.clone()).collect();
        assert_eq!(states, [FlowState::Stopped, FlowState::Closed, FlowState::Stopped]);
        assert_eq!(ledger.flow(first.id()).unwrap().ended_at, Some(Duration::from_secs(1)));
    }
}

mod limits_and_secrets {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::{collection::vec, prelude::*};

    use super::super::*;
    use crate::wire::{End, Flow};

    const NOW: Duration = Duration::from_secs(1);

    fn open(recorder: &Recorder) -> FlowHandle {
        let end = || End { name: String::new(), ip_port: None };
        recorder.open(None, FlowKind::Connection, String::new(), Ends { client: end(), server: end() }, NOW)
    }

    fn seen(from: Side, octets: usize) -> Sighting {
        Sighting { at: NOW, from, layer: Layer::Stream, transit: None, wire_len: octets as u64 }
    }

    fn write(flow: &FlowHandle, bytes: &[u8], secret: Option<Range<usize>>) {
        flow.octets(seen(Side::Client, bytes.len()), bytes, secret, bytes.len());
    }

    fn octets(flow: &Flow) -> Vec<(usize, u64)> {
        let octets = |event: &WireEvent| match &event.content {
            EventContent::Octets(octets) => Some((octets.bytes.len(), octets.omitted)),
            EventContent::Step(_) => None,
        };
        flow.events.iter().filter_map(octets).collect()
    }

    #[test]
    fn a_flow_keeps_so_much_and_counts_the_rest() {
        let recorder = Recorder::new(Caps { octets_per_flow: 10, ..Caps::default() }, Secrets::Masked, None);
        let flow = open(&recorder);
        for _ in 0..3 {
            write(&flow, b"1234567", None);
        }
        flow.octets(seen(Side::Server, 5), b"12345", None, 5);
        flow.octets(seen(Side::Client, 5), b"12345", None, 5);
        flow.close(NOW);
        let ledger = recorder.into_ledger();
        let flow = &ledger.flows()[0];
        assert_eq!(
            octets(flow),
            [(7, 0), (3, 4), (0, 7), (0, 5), (0, 5)],
            "told of when the direction changes, and at the end"
        );
        assert_eq!((flow.octets(Side::Client), flow.octets(Side::Server)), (26, 5));
        assert_eq!(flow.notes.len(), 1);
        assert_eq!(
            flow.notes[0].text,
            "The record keeps 10 B of one conversation and 33.6 MB in all; the octets beyond are counted, not kept."
        );
    }

    #[test]
    fn a_record_keeps_so_much_of_all_flows() {
        let recorder = Recorder::new(Caps { octets_in_all: 10, ..Caps::default() }, Secrets::Masked, None);
        let (first, second) = (open(&recorder), open(&recorder));
        write(&first, b"12345678", None);
        write(&second, b"12345678", None);
        let ledger = recorder.into_ledger();
        assert_eq!(octets(&ledger.flows()[1]), [(2, 6)]);
    }

    #[test]
    fn omitted_octets_are_told_of_every_mebibyte() {
        let recorder = Recorder::default();
        let flow = open(&recorder);
        for _ in 0..40 {
            flow.octets(seen(Side::Server, 65_536), &[0; 10], None, 0);
        }
        flow.close(NOW);
        let ledger = recorder.into_ledger();
        assert_eq!(octets(&ledger.flows()[0]), [(0, 1_048_576), (0, 1_048_576), (0, 524_288)]);
    }

    #[test]
    fn a_full_record_says_so_once_and_goes_on_counting() {
        let recorder = Recorder::new(Caps { events_in_all: 3, ..Caps::default() }, Secrets::Masked, None);
        let (first, second) = (open(&recorder), open(&recorder));
        for _ in 0..10 {
            write(&first, b"12345", None);
        }
        assert_eq!(second.step(NOW, Side::Client, ConnectionStep::Syn, None), None);
        write(&second, b"12345", None);
        first.close(NOW);
        second.close(NOW);
        let ledger = recorder.into_ledger();
        let (first, second) = (&ledger.flows()[0], &ledger.flows()[1]);
        assert_eq!((first.events.len(), second.events.len()), (3, 0));
        assert_eq!((first.octets(Side::Client), second.octets(Side::Client)), (50, 5));
        assert_eq!(first.octets_unseen(Side::Client, Layer::Stream), 35);
        for flow in [first, second] {
            assert_eq!(flow.notes.len(), 1);
            assert!(flow.notes[0].text.starts_with("The record is full: it holds 3 events."), "{}", flow.notes[0].text);
        }
    }

    #[test]
    fn a_secret_is_shown_when_the_student_asks_for_this_run() {
        let recorder = Recorder::new(Caps::default(), Secrets::Shown, None);
        write(&open(&recorder), b"PASS hungry", Some(5..11));
        let ledger = recorder.into_ledger();
        let EventContent::Octets(octets) = &ledger.flows()[0].events[0].content else { panic!("octets") };
        assert_eq!((&octets.bytes[..], &octets.masked), (&b"PASS hungry"[..], &None));
    }

    #[test]
    fn the_reader_is_woken_once_for_what_it_drains_at_once() {
        struct WakeCounter(AtomicUsize);
        impl std::task::Wake for WakeCounter {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let count = Arc::new(WakeCounter(AtomicUsize::new(0)));
        let recorder = Recorder::new(Caps::default(), Secrets::Masked, Some(Arc::clone(&count).into()));
        let flow = open(&recorder);
        write(&flow, b"1", None);
        assert_eq!((recorder.drain().len(), count.0.load(Ordering::SeqCst)), (2, 1));
        write(&flow, b"2", None);
        write(&flow, b"3", None);
        assert_eq!((recorder.drain().len(), count.0.load(Ordering::SeqCst)), (2, 2));
    }

    proptest! {
        #[test]
        fn a_masked_octet_is_nowhere_in_the_record(
            mut bytes in vec(b'a'..=b'y', 1..60),
            secret in (0..70_usize, 0..70_usize),
            keep in 0..70_usize,
        ) {
            let secret = secret.0..secret.1;
            // Only the secret has this letter.
            let end = secret.end.min(bytes.len());
            if let Some(hidden) = bytes.get_mut(secret.start.min(end)..end) {
                hidden.fill(b'Z');
            }
            let recorder = Recorder::default();
            let flow = open(&recorder);
            flow.octets(seen(Side::Client, bytes.len()), &bytes, Some(secret), keep);
            flow.close(NOW);
            let ledger = recorder.into_ledger();
            prop_assert_eq!(ledger.flows()[0].octets(Side::Client), bytes.len() as u64);
            for event in &ledger.flows()[0].events {
                let EventContent::Octets(octets) = &event.content else { continue };
                prop_assert!(!octets.bytes.contains(&b'Z'));
                let masked = octets.masked.clone().map_or(0, |range| range.len());
                prop_assert_eq!(octets.bytes.split(|octet| *octet == b'*').count() - 1, masked);
            }
        }
    }
}
