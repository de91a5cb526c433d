use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use super::{Clock, Elapsed, Stalled, run_virtual};

const MS: Duration = Duration::from_millis(1);
const NS: Duration = Duration::from_nanos(1);

fn in_virtual_time<Fut: Future>(work: impl FnOnce(Clock) -> Fut) -> Result<Fut::Output, Stalled> {
    run_virtual(SystemTime::UNIX_EPOCH, work)
}

#[test]
fn a_sleep_takes_exactly_its_span() {
    let times = in_virtual_time(async |clock: Clock| {
        clock.sleep(Duration::from_micros(1_168)).await;
        let first = clock.now();
        clock.sleep(NS).await;
        (first, clock.now(), clock.date())
    });
    let last = Duration::from_nanos(1_168_001);
    assert_eq!(times, Ok((Duration::from_micros(1_168), last, SystemTime::UNIX_EPOCH + last)));
}

#[test]
fn timers_of_one_moment_fire_in_the_order_they_were_set() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&order);
    let end = in_virtual_time(async move |clock: Clock| {
        let mut tasks = Vec::new();
        for (name, wait) in [(0, 7), (1, 5), (2, 7), (3, 5), (4, 6)] {
            let (clock, told) = (clock.clone(), Arc::clone(&told));
            tasks.push(tokio::spawn(async move {
                clock.sleep(MS * wait).await;
                told.lock().unwrap().push((name, clock.now()));
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        clock.now()
    });
    assert_eq!(end, Ok(MS * 7));
    assert_eq!(*order.lock().unwrap(), [(1, MS * 5), (3, MS * 5), (4, MS * 6), (0, MS * 7), (2, MS * 7)]);
}

#[test]
fn a_run_in_which_nothing_can_happen_ends_as_stalled() {
    assert_eq!(in_virtual_time(|_| std::future::pending::<()>()), Err(Stalled));
}

#[test]
fn a_limit_that_was_not_needed_does_not_move_time_and_does_not_hide_a_stall() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let end = in_virtual_time(async move |clock: Clock| {
        let done = clock.timeout(Duration::from_secs(30), clock.sleep(MS)).await;
        told.lock().unwrap().push((done, clock.now()));
        clock.sleep(MS).await;
        told.lock().unwrap().push((Ok(()), clock.now()));
        std::future::pending::<()>().await;
    });
    assert_eq!(end, Err(Stalled));
    assert_eq!(*seen.lock().unwrap(), [(Ok(()), MS), (Ok(()), MS * 2)]);
}

#[test]
fn a_limit_that_passes_says_so_at_its_time() {
    let got = in_virtual_time(async |clock: Clock| {
        let work = clock.timeout(MS * 5, clock.sleep(MS * 6)).await;
        let at = clock.now();
        let same_moment = clock.timeout(MS * 5, clock.sleep(MS * 5)).await;
        (work, at, same_moment)
    });
    assert_eq!(got, Ok((Err(Elapsed), MS * 5, Ok(()))));
}

#[test]
fn dropped_timers_leave_nothing_behind() {
    let left = in_virtual_time(async |clock: Clock| {
        for _ in 0..1_000 {
            clock.timeout(Duration::from_secs(30), tokio::task::yield_now()).await.unwrap();
        }
        let left = clock.shared().lock().timers.len();
        (left, clock.now())
    });
    assert_eq!(left, Ok((0, Duration::ZERO)));
}

#[test]
fn the_root_goes_on_before_time_does() {
    let at = in_virtual_time(async |clock: Clock| {
        let sleeper = clock.clone();
        let (send, receive) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            sleeper.sleep(MS).await;
            send.send(()).unwrap();
            sleeper.sleep(MS).await;
        });
        receive.await.unwrap();
        clock.now()
    });
    assert_eq!(at, Ok(MS));
}

#[test]
fn a_million_timers_pass_in_order() {
    let end = in_virtual_time(async |clock: Clock| {
        let mut tasks = Vec::new();
        for i in 0..10u64 {
            let clock = clock.clone();
            tasks.push(tokio::spawn(async move {
                let mut expected = Duration::ZERO;
                for k in 0..2_000u64 {
                    let span = Duration::from_nanos(1_000 + (i * 7_919 + k * 104_729) % 5_000);
                    clock.sleep(span).await;
                    expected += span;
                    assert_eq!(clock.now(), expected);
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(end, Ok(()));
}

#[test]
fn a_real_clock_wakes_on_time_and_its_errors_do_not_add_up() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let late = runtime.block_on(async {
        let clock = Clock::real();
        let start = clock.now();
        let mut late = Vec::new();
        for i in 1..=40 {
            let due = start + MS * 5 * i;
            clock.sleep_until(due).await;
            late.push(clock.now().checked_sub(due).unwrap());
        }
        late
    });
    // A busy machine may well take the processor away for most of them; the last ones would be late by what all are if it added up.
    let least = late.iter().skip(20).min().unwrap();
    assert!(*least < MS, "{late:?}");
}

#[test]
fn a_real_limit_passes_while_the_work_waits_for_ever() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let took = runtime.block_on(async {
        let clock = Clock::real();
        let start = clock.now();
        assert_eq!(clock.timeout(MS * 20, std::future::pending::<()>()).await, Err(Elapsed));
        clock.now().checked_sub(start).unwrap()
    });
    assert!(took >= MS * 20, "{took:?}");
}

#[test]
fn a_date_that_is_moved_moves_no_timer() {
    let epoch = SystemTime::UNIX_EPOCH + Duration::from_hours(496_881);
    let (woken, before, after) = run_virtual(epoch, |clock| async move {
        let before = clock.date();
        clock.move_date(Duration::from_hours(24));
        clock.sleep(Duration::from_secs(1)).await;
        (clock.now(), before, clock.date())
    })
    .unwrap();
    assert_eq!((woken, before), (Duration::from_secs(1), epoch));
    assert_eq!(after, epoch + Duration::from_hours(24) + Duration::from_secs(1));
    let real = Clock::real_from(epoch);
    real.move_date(Duration::from_mins(1));
    assert!((Duration::from_mins(1)..Duration::from_secs(90)).contains(&real.date().duration_since(epoch).unwrap()));
}
