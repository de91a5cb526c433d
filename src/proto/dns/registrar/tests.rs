use super::*;
use crate::proto::dns::text::{name_from_text, record_from_line, record_line};

fn name(text: &str) -> Name {
    name_from_text(text, &Name::root()).unwrap()
}

fn com() -> Zone {
    let text = "$TTL 172800\n@ SOA a.gtld-servers.net. h 5 1 1 1 1\n@ NS a.gtld-servers.net.\namazon NS dns.amazon\ndns.amazon A 203.0.113.60\n";
    Zone::read(text, &name("com.")).unwrap()
}

fn utopia() -> Registration {
    Registration {
        domain: name("networkutopia.com."),
        servers: vec![
            (name("dns1.networkutopia.com."), vec!["212.212.212.1".parse().unwrap()]),
            (name("dns.provider.net."), vec![]),
        ],
    }
}

fn lines(records: &[Record]) -> Vec<String> {
    records.iter().map(record_line).collect()
}

/// One server at 212.212.212.1, and dns.provider.net at 192.0.2.9, where nobody is.
struct TestSurroundings {
    up: bool,
    zone: Option<Zone>,
}

impl Surroundings for TestSurroundings {
    fn at(&self, ip: IpAddr, _domain: &Name) -> ServerStatus<'_> {
        let here = self.up && ip.to_string() == "212.212.212.1";
        match &self.zone {
            _ if !here => ServerStatus::Nobody,
            None => ServerStatus::NotServing,
            Some(zone) => ServerStatus::Serving(zone),
        }
    }

    fn addresses(&self, name: &Name) -> Vec<IpAddr> {
        let known = name_text(name) == "mail.provider.net.";
        known.then(|| "192.0.2.10".parse().unwrap()).into_iter().collect()
    }
}

#[test]
fn a_name_is_registered_with_its_servers_and_their_addresses() {
    let mut com = com();
    let registered = utopia().register(&mut com).unwrap();
    assert_eq!(
        lines(&registered.added),
        [
            "networkutopia.com. 172800 IN NS dns1.networkutopia.com.",
            "networkutopia.com. 172800 IN NS dns.provider.net.",
            "dns1.networkutopia.com. 172800 IN A 212.212.212.1",
        ]
    );
    assert_eq!((registered.serial, com.serial(), com.check()), (Some(6), Some(6), vec![]));
    assert_eq!(utopia().register(&mut com), Err(RegistrationError::Taken { domain: "networkutopia.com.".into() }));
    let mut other = utopia();
    other.servers.truncate(1);
    let changed = other.change(&mut com).unwrap();
    assert_eq!((changed.added.len(), changed.removed.len(), changed.serial), (2, 3, Some(7)));
    let before = com.clone();
    for (domain, servers, told) in [
        ("www.networkutopia.com.", utopia().servers, "not a name directly below com."),
        ("networkutopia.net.", utopia().servers, "not a name directly below com."),
        ("com.", utopia().servers, "not a name directly below com."),
        ("net_work.com.", utopia().servers, "letters, digits and hyphens"),
        ("-network.com.", utopia().servers, "ends with a hyphen"),
        ("free.com.", vec![], "at least one name server"),
        ("free.com.", vec![(name("dns.free.com."), vec![])], "without its address it cannot be found"),
        ("free.com.", vec![(name("dns."), vec![]); 14], "at most 13"),
        ("amazon.com.", utopia().servers, "is taken"),
    ] {
        let error = Registration { domain: name(domain), servers }.register(&mut com).unwrap_err().to_string();
        assert!(error.contains(told), "{domain}: {error}");
    }
    assert_eq!(com, before);
    let released = release(&name("networkutopia.com."), &mut com).unwrap();
    assert_eq!((released.removed.len(), released.serial), (2, Some(8)));
    assert!(release(&name("networkutopia.com."), &mut com).is_err() && release(&name("com."), &mut com).is_err());
    assert!(other.change(&mut com).is_err());
}

#[test]
fn what_is_missing_is_told_in_the_order_of_putting_it_right() {
    let mut com = com();
    let mut world = TestSurroundings { up: false, zone: None };
    let domain = name("networkutopia.com.");
    let told = |com: &Zone, world: &TestSurroundings| -> Vec<String> {
        diagnose(&domain, com, world).iter().map(|missing| format!("{missing} ({})", missing.clause())).collect()
    };
    let first = |com: &Zone, world: &TestSurroundings, expected: &str| {
        let told = told(com, world);
        assert!(told.first().is_some_and(|told| told.contains(expected)), "{told:?} should begin with {expected:?}");
    };
    first(&com, &world, "com. has no delegation for networkutopia.com.");
    com.add(record_from_line("networkutopia.com. 60 NS dns1.networkutopia.com.").unwrap()).unwrap();
    first(&com, &world, "the registry has to give its address, and has none (RFC 9471 §3.1)");
    com.add(record_from_line("dns1.networkutopia.com. 60 A 212.212.212.1").unwrap()).unwrap();
    first(&com, &world, "no name server answers at 212.212.212.1");
    world.up = true;
    first(&com, &world, "does not serve networkutopia.com. (lame delegation) (RFC 1912 §2.8)");
    world.zone = Some(Zone::new(domain.clone()));
    for (expected, put_right) in [
        ("has no SOA record", "networkutopia.com. 60 SOA dns1.networkutopia.com. h. 1 1 1 1 1"),
        ("has no NS record for dns1", "networkutopia.com. 60 NS dns1.networkutopia.com."),
        ("no address for its own server dns1", "dns1.networkutopia.com. 60 A 212.212.212.1"),
        ("the web server is not found", "www.networkutopia.com. 60 CNAME web.networkutopia.com."),
        ("www.networkutopia.com. has no address", "web.networkutopia.com. 60 A 212.212.212.2"),
        ("has no MX record", "networkutopia.com. 60 MX 10 mail.networkutopia.com."),
        ("mail.networkutopia.com. has no address (RFC 5321 §5.1)", "mail.networkutopia.com. 60 A 212.212.212.3"),
    ] {
        first(&com, &world, expected);
        world.zone.as_mut().unwrap().add(record_from_line(put_right).unwrap()).unwrap();
    }
    assert_eq!(told(&com, &world), [""; 0]);
    for (mail, expected) in [
        ("networkutopia.com. 60 MX 20 www.networkutopia.com.", Some("is an alias")),
        ("networkutopia.com. 60 MX 20 mail.nowhere.net.", Some("mail.nowhere.net. has no address")),
        ("networkutopia.com. 60 MX 20 mail.provider.net.", None),
    ] {
        let mut zone = world.zone.clone().unwrap();
        zone.add(record_from_line(mail).unwrap()).unwrap();
        let told = told(&com, &TestSurroundings { up: true, zone: Some(zone) });
        assert_eq!(told.len(), usize::from(expected.is_some()), "{told:?}");
        assert!(told.iter().all(|told| told.contains(expected.unwrap_or_default())), "{told:?}");
    }
    com.add(record_from_line("networkutopia.com. 60 NS dns.provider.net.").unwrap()).unwrap();
    first(&com, &world, "the name server dns.provider.net. has no address");
    assert_eq!(told(&com, &world).len(), 2, "and the zone does not name it");
}
