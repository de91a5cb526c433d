use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
};

use super::*;
use crate::lab::plan::HostPlan;
use crate::proto::dns::{
    Message, MessageType, OpCode, Query, RData, Record, RecordType, ResponseCode,
    authority::{Authority, Transport},
    data,
    text::{address_of_reverse, name_text, record_from_line, record_line, reverse_name, type_from_text},
    zone::check_delegation,
};

fn name(text: &str) -> Name {
    name_from_text(text, &Name::root()).unwrap()
}

fn name_servers(files: &LabFiles) -> impl Iterator<Item = (&HostPlan, &Dns)> {
    files.name_servers().map(|(host, _, server)| (host, server))
}

/// All name servers, and who asks them.
struct IterativeClient {
    servers: BTreeMap<IpAddr, Authority>,
    asker: IpAddr,
    asked: u32,
}

impl IterativeClient {
    fn new(asker: &str) -> Self {
        let files = LabFiles::embedded();
        let authority = |(host, service): (&HostPlan, &Dns)| {
            (host.ip, Authority::new(files.zones_of(service).cloned(), service.policy()))
        };
        Self { servers: name_servers(&files).map(authority).collect(), asker: asker.parse().unwrap(), asked: 0 }
    }

    fn ask(&mut self, server: IpAddr, owner: &Name, kind: RecordType) -> Message {
        let mut query = Message::new(1, MessageType::Query, OpCode::Query);
        query.add_query(Query::query(owner.clone(), kind));
        let authority = self.servers.get_mut(&server).unwrap_or_else(|| panic!("nobody is at {server}"));
        let answered = authority.answer(&query.to_vec().unwrap(), self.asker, Transport::Tcp);
        self.asked += 1;
        Message::from_vec(&answered.octets.unwrap()).unwrap()
    }

    /// Walks down from the root, aliases included; the last answer, and how many servers were asked.
    fn resolve(&mut self, owner: &str, kind: &str) -> Vec<Record> {
        self.asked = 0;
        self.find(&name(owner), type_from_text(kind).unwrap(), 0).answers
    }

    fn find(&mut self, owner: &Name, kind: RecordType, depth: u32) -> Message {
        assert!(depth < 8, "{}", name_text(owner));
        let mut servers: Vec<IpAddr> = vec!["198.41.0.4".parse().unwrap()];
        loop {
            let server = servers.into_iter().find(IpAddr::is_ipv4).expect("a server");
            let message = self.ask(server, owner, kind);
            assert!(
                [ResponseCode::NoError, ResponseCode::NXDomain].contains(&message.response_code),
                "{owner} {message}"
            );
            if message.authoritative {
                let alias = message.answers.iter().find(|record| record.record_type() == RecordType::CNAME);
                let found = message.answers.iter().any(|record| record.record_type() == kind);
                return match alias.and_then(|alias| data::target(&alias.data)) {
                    Some(target) if !found => self.find(&target, kind, depth + 1),
                    _ => message,
                };
            }
            let glue = message.additionals.iter().filter_map(|record| record.data.ip_addr());
            servers = glue.collect();
            if servers.is_empty() {
                let next =
                    message.authorities.iter().find_map(|record| data::target(&record.data)).expect("a referral");
                let found = self.find(&next, RecordType::A, depth + 1);
                servers = found.answers.iter().filter_map(|record| record.data.ip_addr()).collect();
            }
        }
    }
}

fn lines(records: &[Record]) -> BTreeSet<String> {
    records.iter().map(record_line).collect()
}

/// Facts as the notes have them: columns by any space.
fn facts(text: &str) -> BTreeSet<String> {
    text.lines().map(|line| record_line(&record_from_line(line).unwrap())).collect()
}

#[test]
fn every_zone_is_as_it_should_be() {
    for (file, zone) in LabFiles::embedded().zones() {
        assert_eq!(zone.check(), [], "{file}");
        let named = if zone.origin().is_root() { "root.".to_owned() } else { name_text(zone.origin()) };
        assert_eq!(named, format!("{file}."));
        let again = Zone::read(&zone.to_text(), zone.origin()).unwrap();
        assert_eq!(again, *zone, "{file}");
    }
}

#[test]
fn every_delegation_agrees_with_the_zone_below() {
    let files = LabFiles::embedded();
    let zones: BTreeMap<&Name, &Zone> = files.zones().map(|(_, zone)| (zone.origin(), zone)).collect();
    let mut found = Vec::new();
    let mut delegated = BTreeSet::from([name(".")]);
    for parent in zones.values() {
        for (cut, _) in parent.cuts() {
            let child = zones.get(cut).unwrap_or_else(|| panic!("{} has no file", name_text(cut)));
            found.extend(check_delegation(parent, child).into_iter().map(|remark| (remark.severity, remark.text)));
            delegated.insert(cut.clone());
        }
    }
    // The notes' answers have it so.
    let ns5 = "ca. names ns5.uvic.ca. for uvic.ca., the zone itself does not: it may be lame".to_owned();
    assert_eq!(found, [(Severity::Warning, ns5)]);
    assert_eq!(delegated, zones.keys().map(|origin| (*origin).clone()).collect());
}

#[test]
fn every_server_a_zone_names_is_there_and_serves_it() {
    let files = LabFiles::embedded();
    let servers: BTreeMap<String, &Dns> =
        name_servers(&files).map(|(host, service)| (format!("{}.", host.name()), service)).collect();
    for (file, zone) in files.zones() {
        let set = zone.set(zone.origin(), RecordType::NS).unwrap();
        for target in set.data().filter_map(data::target) {
            // a.ns.arpa is a.root-servers.net by another name.
            let target = name_text(&target).replace(".ns.arpa.", ".root-servers.net.");
            let server = servers.get(&target).unwrap_or_else(|| panic!("{target} of {file} is no host"));
            assert!(
                files.zones_of(server).any(|served| served.origin() == zone.origin()),
                "{target} does not serve {file}"
            );
            assert!(!server.recursion);
        }
    }
    let lonely: Vec<&str> =
        servers.iter().filter(|(_, server)| server.zones.is_empty()).map(|(host, _)| host.as_str()).collect();
    assert_eq!(lonely, ["dns.poly.edu.", "dns1.networkutopia.com."]);
    assert!(servers["dns.poly.edu."].recursion);
}

#[test]
fn every_host_is_found_from_the_root_and_back() {
    let files = LabFiles::embedded();
    let mut client = IterativeClient::new("128.238.29.12");
    for host in &files.plan.hosts {
        // Nobody has registered it yet.
        if host.name().ends_with(".networkutopia.com") {
            continue;
        }
        for named in &host.names {
            let addresses: Vec<_> =
                client.resolve(&format!("{named}."), "A").iter().filter_map(|record| record.data.ip_addr()).collect();
            let expected: BTreeSet<IpAddr> = host.ips().collect();
            assert_eq!(addresses.len(), expected.len(), "{named}");
            assert_eq!(addresses.into_iter().collect::<BTreeSet<_>>(), expected, "{named}");
        }
        for ip in host.ips() {
            let reverse = client.resolve(&name_text(&reverse_name(ip)), "PTR");
            let back = reverse.iter().find_map(|record| data::target(&record.data)).map(|name| name_text(&name));
            let names: Vec<String> = host.names.iter().map(|name| format!("{name}.")).collect();
            assert!(back.as_ref().is_some_and(|back| names.contains(back)), "{ip}: {back:?}");
        }
    }
}

#[test]
fn every_reverse_name_leads_to_a_name_with_that_address() {
    let mut client = IterativeClient::new("192.0.2.200");
    let files = LabFiles::embedded();
    let reverse = files.zones().flat_map(|(_, zone)| zone.sets().collect::<Vec<_>>());
    let pointers: Vec<(Name, Name)> = reverse
        .filter_map(|(owner, _, set)| {
            set.data()
                .find_map(|data| if let RData::PTR(to) = data { Some((owner.clone(), to.0.clone())) } else { None })
        })
        .collect();
    assert!(pointers.len() > 60);
    for (owner, to) in pointers {
        let ip = address_of_reverse(&owner).unwrap();
        client.asker = if name_text(&to) == "cdn.example.com." && ip == Ipv4Addr::new(203, 0, 113, 200) {
            "10.0.0.2".parse().unwrap()
        } else {
            "192.0.2.200".parse().unwrap()
        };
        let found: Vec<_> =
            client.resolve(&name_text(&to), "A").iter().filter_map(|record| record.data.ip_addr()).collect();
        assert!(found.contains(&ip), "{ip} is {}, which is {found:?}", name_text(&to));
    }
}

#[test]
fn the_notes_lookups_come_out() {
    let mut client = IterativeClient::new("10.0.0.2");
    let one = |records: Vec<Record>| records.last().map(record_line).unwrap();
    assert_eq!(one(client.resolve("gaia.cs.umass.edu.", "A")), "gaia.cs.umass.edu. 3600 IN A 128.119.245.12");
    // Root, edu and umass.edu: with the two messages to and from the local server, the notes' eight.
    assert_eq!(client.asked, 3);
    assert_eq!(one(client.resolve("www.si.umich.edu.", "A")), "www.si.umich.edu. 3600 IN A 141.211.203.21");
    assert_eq!(one(client.resolve("www.ibm.com.", "A")), "servereast.backup2.ibm.com. 3600 IN A 192.0.2.131");
    assert_eq!(client.resolve("www.amazon.com.", "A").len(), 4);
    assert_eq!(one(client.resolve("hamburger.edu.", "MX")), "hamburger.edu. 3600 IN MX 10 mail.hamburger.edu.");
    assert_eq!(one(client.resolve("cis.poly.edu.", "A")), "cis.poly.edu. 3600 IN A 10.0.0.2");
    assert_eq!(
        one(client.resolve("12.245.119.128.in-addr.arpa.", "PTR")),
        "12.245.119.128.in-addr.arpa. 3600 IN PTR gaia.cs.umass.edu."
    );
    assert_eq!(one(client.resolve("example.org.", "A")), "example.org. 3600 IN A 198.51.100.22");
    assert_eq!(one(client.resolve("cdn.example.com.", "A")), "cdn.example.com. 300 IN A 203.0.113.200");
    client.asker = "192.0.2.66".parse().unwrap();
    assert_eq!(one(client.resolve("cdn.example.com.", "A")), "cdn.example.com. 300 IN A 198.51.100.200");
    let missing = client.find(&name("networkutopia.com."), RecordType::NS, 0);
    assert_eq!(missing.response_code, ResponseCode::NXDomain);
    let idle = client.ask("212.212.212.1".parse().unwrap(), &name("networkutopia.com."), RecordType::A);
    assert_eq!(idle.response_code, ResponseCode::Refused);
}

#[test]
fn the_notes_dig_at_a_root_server_comes_out() {
    let mut client = IterativeClient::new("10.0.0.2");
    let root = client.ask("198.41.0.4".parse().unwrap(), &name("www.uvic.ca."), RecordType::A);
    assert!(root.answers.is_empty() && !root.authoritative);
    assert_eq!(
        lines(&root.authorities),
        facts(
            "ca. 172800 IN NS any.ca-servers.ca.
             ca. 172800 IN NS d.ca-servers.ca.
             ca. 172800 IN NS c.ca-servers.ca.
             ca. 172800 IN NS j.ca-servers.ca."
        )
    );
    assert_eq!(
        lines(&root.additionals),
        facts(
            "any.ca-servers.ca. 172800 IN A 199.4.144.2
             any.ca-servers.ca. 172800 IN AAAA 2001:500:a7::2
             d.ca-servers.ca. 172800 IN A 199.19.4.1
             d.ca-servers.ca. 172800 IN AAAA 2001:500:97::1
             c.ca-servers.ca. 172800 IN A 185.159.196.2
             c.ca-servers.ca. 172800 IN AAAA 2620:10a:8053::2
             j.ca-servers.ca. 172800 IN A 198.182.167.1
             j.ca-servers.ca. 172800 IN AAAA 2001:500:83::1"
        )
    );
}

#[test]
fn the_notes_dig_at_a_server_of_ca_comes_out() {
    let mut client = IterativeClient::new("10.0.0.2");
    let any = client.ask("199.4.144.2".parse().unwrap(), &name("www.uvic.ca."), RecordType::A);
    assert!(any.answers.is_empty() && !any.authoritative);
    assert_eq!(
        lines(&any.authorities),
        facts(
            "uvic.ca. 86400 IN NS ns5.uvic.ca.
             uvic.ca. 86400 IN NS ns4.uvic.ca.
             uvic.ca. 86400 IN NS dns2.uvic.ca.
             uvic.ca. 86400 IN NS dns1.uvic.ca."
        )
    );
    assert_eq!(
        lines(&any.additionals),
        facts(
            "ns4.uvic.ca. 86400 IN A 206.12.58.50
             ns5.uvic.ca. 86400 IN A 206.12.58.52
             dns1.uvic.ca. 86400 IN A 142.104.6.1
             dns2.uvic.ca. 86400 IN A 142.104.80.2"
        )
    );
}

#[test]
fn the_notes_dig_for_any_record_of_uvic_comes_out() {
    let mut client = IterativeClient::new("10.0.0.2");
    // The notes have a TTL of 299: a second had passed in the cache that told them.
    assert_eq!(
        lines(&client.resolve("uvic.ca.", "ANY")),
        facts(
            "uvic.ca. 300 IN SOA dns1.uvic.ca. netadmin.uvic.ca. 1504013426 10800 300 2592000 300
             uvic.ca. 300 IN NS ns4.uvic.ca.
             uvic.ca. 300 IN NS dns1.uvic.ca.
             uvic.ca. 300 IN NS dns2.uvic.ca.
             uvic.ca. 300 IN A 142.104.197.120
             uvic.ca. 300 IN TXT \"MS=5CB2F7F278B331C49BA7700D1ECDDBDF3044C94C6\"
             uvic.ca. 300 IN TXT \"google-site-verification=Ho7KjuRFxgLp5rCvp4SeC-E2zCcPTaqaYzwqQyyMgaY\"
             uvic.ca. 300 IN LOC 48 28 1.200 N 123 19 8.400 W 62.00m 1m 10000m 10m
             uvic.ca. 300 IN MX 0 smtpr.uvic.ca.
             uvic.ca. 300 IN MX 0 smtps.uvic.ca.
             uvic.ca. 300 IN MX 0 smtpv.uvic.ca.
             uvic.ca. 300 IN MX 0 smtpw.uvic.ca.
             uvic.ca. 300 IN MX 0 smtpy.uvic.ca.
             uvic.ca. 300 IN MX 0 smtpz.uvic.ca.
             uvic.ca. 300 IN MX 10 smtpu.uvic.ca."
        )
    );
}
