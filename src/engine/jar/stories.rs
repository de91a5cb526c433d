//! What lasts of decisions about cookies: live visits to the lab's sites, then what the jar tells of them.

use super::*;
use crate::{
    engine::{
        browse::{Browse, Config},
        runner::{self, Options},
    },
    proto::http::cookies::{SameSite, Verdict},
    store::Revision,
};

fn visit(address: &str, stores: &Stores) {
    let options = Options { stores: stores.clone(), ..Options::default() };
    let config = Config { objects: None, ..Config::at(url::Url::parse(address).unwrap()) };
    let finished = runner::run::<Browse>(&config, &options).unwrap();
    assert_eq!(finished.report.failure, None);
}

fn ask(order: JarOrder, stores: &Stores) -> JarSnapshot {
    let request = JarRequest { world: WorldChoice::Lab, order };
    match carry_out(&request, stores).unwrap() {
        Some(JarAnswer::Now(jar)) => *jar,
        other => panic!("{other:?}"),
    }
}

fn look(stores: &Stores) -> JarSnapshot {
    ask(JarOrder::Look, stores)
}

#[test]
fn a_visit_and_the_next_one_are_told_with_line_run_and_row() {
    let stores = Stores::in_memory();
    assert_eq!(look(&stores).decisions, Vec::new());
    visit("http://www.amazon.com/", &stores);
    visit("http://www.amazon.com/", &stores);
    let jar = look(&stores);
    let verdicts: Vec<Verdict> = jar.decisions.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Sent]);
    let [set, carried] = &jar.decisions[..] else { panic!("{:?}", jar.decisions) };
    assert_eq!(set.line.as_ref().and_then(|line| line.text()), Some("id=1678; Max-Age=2592000; Path=/"));
    assert_eq!((set.request.as_str(), set.clause.as_str()), ("GET http://www.amazon.com/", "RFC 6265bis §5.7 step 24"));
    assert!(set.flow.is_some() && set.run < carried.run && set.date < carried.date);
    let row = &jar.server_rows[&CookieKey::of(&jar.cookies[0])];
    assert_eq!((row.owner.as_str(), row.table.as_str()), ("www.amazon.com", "customers"));
    assert_eq!(row.columns[0], ("id".to_owned(), "1678".to_owned()));
}

#[test]
fn what_is_done_by_hand_is_told_with_its_reason_and_the_past_is_not_lost() {
    let stores = Stores::in_memory();
    visit("http://www.amazon.com/", &stores);
    let first = look(&stores);
    let cookie = first.cookies[0].clone();
    let gone = ask(JarOrder::Delete(vec![cookie.clone()]), &stores);
    assert!(gone.cookies.is_empty());
    let why = "The student took its deletion back.".to_owned();
    let back = ask(JarOrder::Put { cookies: vec![cookie.clone()], why: why.clone() }, &stores);
    let told: Vec<(Verdict, &str)> = back.decisions.iter().skip(1).map(|one| (one.verdict, one.why.as_str())).collect();
    assert_eq!(told, [(Verdict::Deleted, "The student deleted it."), (Verdict::Accepted, why.as_str())]);
    assert_eq!((back.cookies[0].value.clone(), back.cookies[0].created), (cookie.value.clone(), cookie.created));
    assert!(ask(JarOrder::Expire(Box::new(cookie.clone())), &stores).cookies.is_empty());
    assert!(ask(JarOrder::Empty, &stores).cookies.is_empty());
    let past = |revision: Revision| {
        let request = JarRequest { world: WorldChoice::Lab, order: JarOrder::AsOf(revision) };
        match carry_out(&request, &stores).unwrap() {
            Some(JarAnswer::Past(past)) => past.cookies,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(past(first.revision), first.cookies);
    assert_eq!(past(gone.revision), Vec::new());
}

#[test]
fn what_expires_and_what_ends_with_the_session_is_written_down() {
    let stores = Stores::in_memory();
    visit("http://www.amazon.com/", &stores);
    visit("http://www.si.umich.edu/visitcounter.php3", &stores);
    let before = look(&stores);
    let session = before.cookies.iter().filter(|cookie| cookie.expires.is_none()).count();
    assert!(session > 0);
    let ended = ask(JarOrder::EndSession, &stores);
    assert_eq!(ended.cookies.len(), before.cookies.len() - session);
    stores.of(WorldChoice::Lab).unwrap().unwrap().skip(crate::store::Skip::Year).unwrap();
    let later = look(&stores);
    assert!(later.cookies.is_empty());
    let expired = later.decisions.iter().filter(|one| one.verdict == Verdict::Expired).count();
    assert_eq!(expired, before.cookies.len());
    assert_eq!(look(&stores).decisions, later.decisions, "it is written down once");
}

#[test]
fn the_oldest_decisions_make_room() {
    let store = Store::in_memory().unwrap();
    let jar = BrowserJar::in_store(store.clone(), None);
    let cookie = |number: u32| Cookie {
        name: format!("name{}", number % 2_000).as_str().into(),
        value: "1".into(),
        domain: format!("www.site{}.com", number % 100),
        host_only: true,
        path: "/".into(),
        expires: None,
        created: UnixMicros::default(),
        accessed: UnixMicros::default(),
        number: 0,
        secure: false,
        http_only: false,
        same_site: SameSite::Default,
        partition: None,
    };
    for _ in 0..6 {
        let cookies = (0..2_000).map(cookie).collect();
        jar.put(cookies, CookieRules::default(), SystemTime::UNIX_EPOCH, "A test.").unwrap();
    }
    let kept = store.read(|reading| decision_log::all(&reading.owner(&JAR.name)?)).unwrap();
    assert_eq!(kept.len(), MAX_DECISIONS as usize);
    assert_eq!(kept[0].number, 12_000 - u64::from(MAX_DECISIONS) + 1);
}
