//! A name system of three levels: the root, `lab.` and below it zones of a school, served by BIND.

use crate::support::world::{Named, PORT, World};

/// The root's server.
pub(super) const ROOT: &str = "127.0.10.1";
/// `lab.`'s.
pub(super) const TLD: &str = "127.0.10.2";
/// `school.lab.`'s, and the good one of every other zone.
pub(super) const SCHOOL: &str = "127.0.10.3";
/// Where unbound recurses over them, on [`PORT`].
pub(super) const UNBOUND: &str = "127.0.10.53";
/// Nobody listens here.
pub(super) const DEAD: &str = "127.0.10.9";

/// Root hints that lead to it.
pub(super) const HINTS: &str = ". 3600000 IN NS a.root-servers.test.\na.root-servers.test. 3600000 IN A 127.0.10.1\n";

/// `lab.` and the zones below it.
pub(super) const LAB_ZONE: &str = "$TTL 3600
@ IN SOA ns1.nic.lab. admin.nic.lab. 1 1800 900 604800 300
@ IN NS ns1.nic.lab.
ns1.nic.lab. IN A 127.0.10.2
school.lab. IN NS ns1.school.lab.
ns1.school.lab. IN A 127.0.10.3
; Two servers each, one of which is of no use: it serves another zone, or is not there at all.
lame.lab. IN NS good.lame.lab.
lame.lab. IN NS lame.lame.lab.
good.lame.lab. IN A 127.0.10.3
lame.lame.lab. IN A 127.0.10.1
dead.lab. IN NS good.dead.lab.
dead.lab. IN NS dead.dead.lab.
good.dead.lab. IN A 127.0.10.3
dead.dead.lab. IN A 127.0.10.9
";

/// What is in the school's zone.
pub(super) fn school_zone() -> String {
    let mut zone = "$TTL 300
@ IN SOA ns1.school.lab. admin.school.lab. 1 1800 900 604800 300
@ IN NS ns1.school.lab.
@ IN MX 10 mail.school.lab.
@ IN MX 20 mail2.school.lab.
ns1 IN A 127.0.10.3
www IN A 127.0.20.1
mail IN A 127.0.20.2
mail2 IN A 127.0.20.3
alias IN CNAME www
away IN CNAME www.lame.lab.
nowhere IN CNAME missing
txt IN TXT \"hello\" \"two; strings\"
*.wild IN A 127.0.20.4
srv IN SRV 1 2 443 www
old IN DNAME new
host.new IN A 127.0.20.5
"
    .to_owned();
    for number in 0..20 {
        zone.push_str(&format!("big IN TXT \"{number} {}\"\n", "x".repeat(200)));
    }
    zone
}

fn small_zone(origin: &str) -> String {
    format!(
        "$TTL 300\n@ IN SOA good.{origin} admin.{origin} 1 1800 900 604800 300\n@ IN NS good.{origin}\ngood IN A {SCHOOL}\n\
         www IN A 127.0.21.1\n"
    )
}

/// The root zone, whose servers are these.
pub(super) fn root_zone(servers: &[(&str, &str)]) -> String {
    let mut zone = "$TTL 3600\n@ IN SOA a.root-servers.net. admin.nic.lab. 1 1800 900 604800 86400\n".to_owned();
    for (name, ip) in servers {
        zone.push_str(&format!("@ IN NS {name}\n{name} IN A {ip}\n"));
    }
    zone.push_str("lab. IN NS ns1.nic.lab.\nns1.nic.lab. IN A 127.0.10.2\n");
    // Its server's address is for another zone to tell.
    zone.push_str("other. IN NS ns1.school.lab.\n");
    zone
}

/// Starts the hierarchy's servers, the root's at these addresses too.
pub(super) fn start(world: &mut World, root: &[(&str, &str)]) {
    let root_zone = root_zone(root);
    let ips: Vec<&str> = std::iter::once(ROOT).chain(root.iter().map(|(_, ip)| *ip)).collect();
    let mut unique = ips.clone();
    unique.sort_unstable();
    unique.dedup();
    world.named(&Named { name: "root", ips: &unique, zones: &[(".", &root_zone)], is_logged: true });
    world.named(&Named { name: "tld", ips: &[TLD], zones: &[("lab", LAB_ZONE)], is_logged: true });
    let (school, lame, dead) = (school_zone(), small_zone("lame.lab."), small_zone("dead.lab."));
    let other = small_zone("other.").replace("NS good.other.", "NS ns1.school.lab.");
    let zones = [("school.lab", school.as_str()), ("lame.lab", &lame), ("dead.lab", &dead), ("other", &other)];
    world.named(&Named { name: "school", ips: &[SCHOOL], zones: &zones, is_logged: true });
    world.addresses(&[DEAD, UNBOUND]);
}

/// The servers most stories begin with: one of the root.
pub(super) const ONE_ROOT: &[(&str, &str)] = &[("a.root-servers.test.", ROOT)];

/// unbound, with nothing to go by but the root's address.
pub(super) fn unbound(world: &mut World) {
    let hints = world.file("unbound.hints", HINTS);
    // Addresses of the servers it knows are not looked for again, so that it asks as little as it can.
    let conf = format!(
        " interface: {UNBOUND}@{PORT}\n interface: {UNBOUND}\n root-hints: \"{}\"\n target-fetch-policy: \"0 0 0 0 0\"\n harden-large-queries: no\n",
        hints.display()
    );
    world.unbound("unbound", &conf);
}
