//! The words of DNS, HTTP, TCP and of this program that stand on screen: a sentence each, and where it is defined.

/// A word and what it means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    /// As it stands on screen.
    pub(super) name: &'static str,
    /// One sentence.
    pub(super) meaning: &'static str,
    /// The section of an RFC, or the textbook's notion; "Roundtrip" for a word of this program alone.
    pub(super) source: &'static str,
}

impl Term {
    /// Does it have all the words of `query`, in its name or its meaning? Case does not matter.
    pub(super) fn has(&self, query: &str) -> bool {
        let all = format!("{} {} {}", self.name, self.meaning, self.source).to_lowercase();
        query.to_lowercase().split_whitespace().all(|word| all.contains(word))
    }
}

const fn term(name: &'static str, meaning: &'static str, source: &'static str) -> Term {
    Term { name, meaning, source }
}

/// All terms, in the order of the alphabet.
#[rustfmt::skip]
pub(super) const TERMS: &[Term] = &[
    term("access link", "The link between this computer and the Internet; in the lab its rate and loss are those of the path.", "Kurose–Ross §1.2"),
    term("ACK", "A segment that says up to which octet everything has arrived.", "RFC 9293 §3.4"),
    term("additional section", "The part of a DNS message with records nobody asked for but the reader will need, such as glue.", "RFC 1035 §4.1"),
    term("authoritative", "Said of an answer that comes from a server of the zone itself and not from a cache (AA = 1).", "RFC 1034 §4.2"),
    term("authority section", "The part of a DNS message that names the servers of a zone, or holds the SOA record of a negative answer.", "RFC 1035 §4.1"),
    term("bandwidth-delay product", "Rate times round-trip time: how many octets are on their way when the path is full.", "RFC 7323 §1.1"),
    term("cache", "Answers that are kept for as long as they may be used, so that the next question costs no round trip.", "RFC 1034 §5.3.3, RFC 9111"),
    term("cache poisoning", "A forged answer that a resolver believes and keeps.", "RFC 5452"),
    term("chunked", "Content sent in pieces, each with its length before it, because the whole length is not known beforehand.", "RFC 9112 §7.1"),
    term("client", "The side that opens the connection and asks.", "Kurose–Ross §2.1"),
    term("CNAME", "A record that says: this name is an alias, look up that one instead.", "RFC 1034 §3.6.2"),
    term("conditional GET", "A request for content only if it has changed since the copy the asker has; otherwise the answer is 304.", "RFC 9110 §13"),
    term("congestion avoidance", "The phase in which TCP's congestion window grows by one segment a round trip.", "RFC 5681 §3.1"),
    term("congestion window", "How many octets a TCP sender allows itself to have on their way, by what it knows of the network.", "RFC 5681 §2"),
    term("connection", "The agreement of two hosts, made by TCP's handshake, to send each other octets in order.", "RFC 9293 §3.3"),
    term("cookie", "A small text a server gives a browser, which sends it back with later requests.", "RFC 6265 §3"),
    term("CRLF", "Carriage return and line feed: the two octets that end a line in HTTP, SMTP and their like.", "RFC 9112 §2.2"),
    term("datagram", "A message that travels on its own, as UDP sends it: it may be lost or come twice.", "RFC 768"),
    term("delegation", "The NS records by which a zone hands a part of its names to the servers of another zone.", "RFC 1034 §4.2.1"),
    term("drop-tail queue", "A queue in front of a link that loses what arrives while it is full.", "Kurose–Ross §1.4"),
    term("EDNS", "An extension of DNS messages: larger datagrams, more flags, options; carried in an OPT record.", "RFC 6891"),
    term("ETag", "A server's label for one version of some content, by which a conditional request names it.", "RFC 9110 §8.8.3"),
    term("fast retransmit", "Sending a segment again after three duplicate ACKs, without waiting for the time-out.", "RFC 5681 §3.2"),
    term("flow", "One connection, exchange of datagrams or lookup in the record, with all its events.", "Roundtrip"),
    term("gateway", "Publishes the lab's hosts on this machine, so that other programs can talk to them.", "Roundtrip"),
    term("glue", "Addresses of a zone's name servers given by the zone above it, without which they could not be found.", "RFC 1034 §4.2.1"),
    term("greeting", "What a server says first on a new connection, before the client has asked anything.", "RFC 5321 §3.1"),
    term("handshake", "The three segments (SYN, SYN and ACK, ACK) that open a TCP connection: one round trip before anything can be asked.", "RFC 9293 §3.5"),
    term("head", "The first lines of an HTTP message: the request or status line and the header lines.", "RFC 9112 §2.1"),
    term("head-of-line blocking", "Waiting for something ahead in the same queue or connection although what one wants is there.", "Kurose–Ross §2.2"),
    term("HTTP/2", "HTTP in frames: many exchanges at once over one connection.", "RFC 9113"),
    term("iterated", "A lookup in which one resolver asks one server after the other, each of which refers it to the next.", "RFC 1034 §5.3.3"),
    term("jitter", "How much the delay differs from packet to packet.", "RFC 3393"),
    term("k", "How many connections a parallel strategy holds open at once.", "Kurose–Ross §2.2.2"),
    term("lame delegation", "A delegation to a server that does not serve the zone.", "RFC 9499 §7"),
    term("lens", "What reads octets of a protocol: names its fields and says which section of an RFC defines each.", "Roundtrip"),
    term("local name server", "The resolver a host asks first; it does the work of the lookup and keeps the answers.", "Kurose–Ross §2.4.2"),
    term("loss", "The share of packets that are lost on their way.", "Kurose–Ross §1.4"),
    term("MSS", "Maximum segment size: how many octets of content one TCP segment carries at most.", "RFC 9293 §3.7.1"),
    term("MX", "A record that names the mail servers of a domain, the most preferred with the least number.", "RFC 5321 §5"),
    term("negative caching", "Keeping the answer that a name or type does not exist, for as long as the zone's SOA record says.", "RFC 2308"),
    term("non-persistent", "A new TCP connection for every object: two round trips each.", "Kurose–Ross §2.2.2"),
    term("NS", "A record that names a server of a zone.", "RFC 1035 §3.3.11"),
    term("NXDOMAIN", "The answer that a name does not exist, and no name below it.", "RFC 2308 §2.1, RFC 8020"),
    term("octet", "Eight bits; what everyone else calls a byte, and what RFCs count in.", "RFC 1122 §1.3.3"),
    term("peer", "The other side of a connection, seen from either.", "Kurose–Ross §2.1"),
    term("persistent", "A connection that stays open for the next request, so that its handshake is paid once.", "RFC 9112 §9.3"),
    term("pipelined", "Sending requests without waiting for the answers before them; the answers come in the same order.", "RFC 9112 §9.3.2"),
    term("playhead", "The moment of a run that every picture is drawn up to.", "Roundtrip"),
    term("port", "The number that tells which of a host's programs a segment or datagram is for.", "RFC 9293 §3.1"),
    term("propagation delay", "How long a bit travels along a link: distance divided by the speed of the signal.", "Kurose–Ross §1.4"),
    term("PTR", "A record that names the host an IP address belongs to.", "RFC 1035 §3.3.12"),
    term("QNAME minimisation", "Asking each server only for as much of the name as it has to know.", "RFC 9156"),
    term("query", "A DNS message that asks: a name, a type, a class.", "RFC 1035 §4"),
    term("RCODE", "The code in a DNS reply that says whether the query could be answered.", "RFC 1035 §4.1.1"),
    term("recursion", "A server's service of asking other servers itself and giving back the final answer (RD asked for, RA offered).", "RFC 1034 §4.3.1"),
    term("redirect", "A response that says where to ask instead: 301, 302, 303, 307 or 308.", "RFC 9110 §15.4"),
    term("referral", "A reply that does not answer but names the servers of a zone closer to the name.", "RFC 1034 §4.3.1"),
    term("reno, CUBIC", "Two rules by which TCP's congestion window grows and shrinks.", "RFC 5681, RFC 9438"),
    term("reply", "A DNS message that answers a query, or an SMTP server's answer to a command.", "RFC 1035 §4.1.1"),
    term("request", "An HTTP message from client to server: a method, a target, header lines, perhaps content.", "RFC 9112 §3"),
    term("resolver", "The program that finds out what is known of a name.", "RFC 1034 §5"),
    term("resource record", "One fact about a name: its type, how long it may be kept, and the data.", "RFC 1035 §3.2"),
    term("response", "An HTTP message from server to client: a status code, header lines, perhaps content.", "RFC 9112 §4"),
    term("retransmission", "Sending a segment or query again because no answer came in time.", "RFC 9293 §3.8"),
    term("root", "The zone above all others, whose servers every resolver knows from the beginning.", "RFC 1034 §3.1"),
    term("RTO", "Retransmission time-out: how long TCP waits for an ACK before it sends the segment again.", "RFC 6298"),
    term("RTT", "Round-trip time: for a small packet to travel to the server and for its answer to come back.", "Kurose–Ross §2.2.2"),
    term("RTTVAR", "TCP's estimate of how much the round-trip time varies; the time-out is SRTT + 4 RTTVAR.", "RFC 6298 §2"),
    term("segment", "What TCP sends in one piece: a header and some octets of the stream.", "RFC 9293 §3.1"),
    term("sequence number", "The place in the stream of a segment's first octet.", "RFC 9293 §3.4"),
    term("server", "The side that waits for connections and answers.", "Kurose–Ross §2.1"),
    term("slow start", "TCP begins with ten segments and doubles each round trip until it has found the path's rate.", "RFC 5681 §3.1, RFC 6928"),
    term("SOA", "The record at the top of a zone: its serial number, its times, and how long negative answers may be kept.", "RFC 1035 §3.3.13"),
    term("socket", "The door between a program and the transport below it.", "Kurose–Ross §2.7"),
    term("SRTT", "TCP's smoothed estimate of the round-trip time.", "RFC 6298 §2"),
    term("ssthresh", "Slow-start threshold: the congestion window at which slow start ends.", "RFC 5681 §3.1"),
    term("status code", "Three digits that say how a request went: 200 done, 304 unchanged, 404 not found.", "RFC 9110 §15"),
    term("stub", "The resolver in every host: it sends one query to the local name server, which does the rest.", "RFC 1034 §5.3.1"),
    term("three duplicate ACKs", "The sign by which TCP takes a segment for lost before its time-out.", "RFC 5681 §3.2"),
    term("time-out", "Waiting for an answer has come to an end, and something else is tried.", "RFC 6298"),
    term("TLD", "Top-level domain, such as edu or com: its zone is delegated by the root.", "RFC 9499 §2"),
    term("TLS", "Encrypts what a connection carries and shows who the server is; above TCP, below HTTP.", "RFC 8446"),
    term("transmission time", "Size divided by rate, L/R: how long it takes to push an object's bits onto the link.", "Kurose–Ross §1.4"),
    term("truncated", "Said of a reply that did not fit into a datagram (TC = 1): the query is repeated over TCP.", "RFC 1035 §4.2.1, RFC 7766"),
    term("TTL", "Time to live: for how many seconds a record may be kept in a cache.", "RFC 1034 §3.6"),
    term("UDP", "A transport that sends datagrams and promises nothing more.", "RFC 768"),
    term("URL", "Where something is and how it is fetched: scheme, host, port, path, query.", "RFC 3986 §1.1.3"),
    term("virtual time", "The lab's own clock: it jumps to the next thing that happens, so that two seconds on the wire take milliseconds here.", "Roundtrip"),
    term("waterfall", "A picture with a row for each object: when it was asked for, waited for and received.", "Roundtrip"),
    term("waves", "Parallel connections that all finish before the next ones are opened, as the textbook's formula assumes.", "Kurose–Ross §2.2.2"),
    term("zone", "A part of the tree of names that is administered as one, up to where it is delegated.", "RFC 1034 §4.2"),
];

#[cfg(test)]
mod the_terms {
    use super::*;

    #[test]
    fn are_unique_and_in_the_order_of_the_alphabet() {
        for pair in TERMS.windows(2) {
            let [one, other] = [pair[0].name.to_lowercase(), pair[1].name.to_lowercase()];
            assert!(one < other, "{one} stands before {other}");
        }
    }

    #[test]
    fn are_a_sentence_each_with_where_it_is_defined() {
        for term in TERMS {
            let Term { name, meaning, source } = term;
            assert!(meaning.ends_with('.') && meaning.starts_with(char::is_uppercase), "{name}: {meaning}");
            let defined = ["RFC ", "Kurose–Ross §", "Roundtrip"].iter().any(|start| source.starts_with(start));
            assert!(defined, "{name}: {source}");
        }
    }

    #[test]
    fn are_found_by_their_words() {
        let found = |query: &str| TERMS.iter().filter(|term| term.has(query)).map(|term| term.name).collect::<Vec<_>>();
        assert_eq!(found("glue addresses"), ["glue"]);
        assert!(found("RFC 6298").contains(&"RTO"));
        assert_eq!(found("no such word"), [""; 0]);
        assert_eq!(found("").len(), TERMS.len());
    }

    #[test]
    fn have_the_words_that_students_meet() {
        for name in [
            "RTT",
            "RTO",
            "MSS",
            "congestion window",
            "glue",
            "referral",
            "delegation",
            "lame delegation",
            "stub",
            "iterated",
            "recursion",
            "TTL",
            "negative caching",
            "QNAME minimisation",
            "persistent",
            "pipelined",
            "conditional GET",
        ] {
            assert!(TERMS.iter().any(|term| term.name == name), "{name}");
        }
    }
}
