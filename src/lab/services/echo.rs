//! The textbook's first server: what comes is sent back in upper case, by datagram and by connection. It remembers its visitors: each
//! message is counted in a table before it is answered.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use serde::Deserialize;

use crate::{
    lab::{
        LabError,
        accept::accept_all,
        service::{HostContext, Process, Service, ServiceKind, Transports, description::keys_of},
        tables::ServerTables,
    },
    net::{Clock, Datagram, Driver, LabDatagrams, LabSocket, Patience},
    proto::echo::{EchoServer, PORT, TextReceived, upper_case},
    store::{Migration, sql::params},
    wire::{FlowHandle, NoteKind},
};

pub(super) static KIND: ServiceKind = ServiceKind {
    name: "echo",
    usual_port: Some(PORT),
    takes: Transports::Both,
    keys: keys_of::<EchoDescription>,
    read: |mut description| {
        let EchoDescription {} = description.read()?;
        Ok(Arc::new(Echo))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EchoDescription {}

#[derive(Debug)]
struct Echo;

impl Service for Echo {
    fn kind(&self) -> &'static ServiceKind {
        &KIND
    }

    fn status(&self) -> String {
        "sends back in upper case what it is sent".to_owned()
    }

    fn start(&self, host: &HostContext<'_>) -> Result<Process, LabError> {
        let (listener, datagrams, clock) = (host.listen()?, host.bind_datagrams()?, host.clock());
        let visitors = Visitors(host.tables("The echo server's visitors", MIGRATIONS));
        let by_datagram = answer_datagrams(datagrams, visitors.clone());
        let by_connection =
            accept_all(listener, move |socket: LabSocket| serve(socket, clock.clone(), visitors.clone()));
        Ok(Box::pin(async move {
            tokio::join!(by_datagram, by_connection);
        }))
    }
}

/// One socket for all clients: each datagram is answered to where it says it is from.
async fn answer_datagrams(socket: LabDatagrams, visitors: Visitors) {
    loop {
        // A socket that is connected to nobody is never told that a port is unreachable.
        let Ok(datagram) = socket.recv().await else { continue };
        let Datagram { bytes, from, flow, transit, .. } = &datagram;
        if visitors.count("UDP", *from, bytes, flow.as_ref(), transit.last_in) {
            // It is no longer than the one it answers.
            socket.answer(&datagram, upper_case(bytes)).ok();
        }
    }
}

/// One connection for each client, until the client ends it.
async fn serve(socket: LabSocket, clock: Clock, visitors: Visitors) {
    let (client, flow) = (socket.peer(), socket.flow().cloned());
    let mut driver = Driver::new(EchoServer::default(), socket, clock.clone(), Patience::default());
    // An error is the client's having gone.
    while let Ok(Some(TextReceived(text))) = driver.next_event().await {
        if !visitors.count("TCP", client, &text, flow.as_ref(), clock.now()) {
            return driver.into_parts().1.reset();
        }
        driver.session_mut().answer();
    }
}

/// The server's table.
#[derive(Clone, Debug)]
struct Visitors(ServerTables);

/// How the table came to be.
const MIGRATIONS: &[Migration] = &[Migration {
    why: "The visitors' table begins.",
    sql: "CREATE TABLE visitors (
        address TEXT NOT NULL,
        transport TEXT NOT NULL,
        messages INTEGER NOT NULL,
        octets INTEGER NOT NULL,
        PRIMARY KEY (address, transport)
    ) STRICT;",
}];

impl Visitors {
    /// Counts a message. False where that cannot be written down: what is not remembered must not be answered.
    fn count(&self, transport: &str, from: SocketAddr, text: &[u8], flow: Option<&FlowHandle>, at: Duration) -> bool {
        let counted = self.0.change(flow.map(FlowHandle::id), "The echo server got a text.", |tables| {
            tables.execute(
                "INSERT INTO visitors VALUES (?1, ?2, 1, ?3)
                 ON CONFLICT DO UPDATE SET messages = messages + 1, octets = octets + excluded.octets",
                params![from.ip().to_string(), transport, i64::try_from(text.len()).unwrap_or(i64::MAX)],
            )
        });
        if let (Err(error), Some(flow)) = (&counted, flow) {
            flow.note(at, NoteKind::Why, format!("The echo server does not answer: {error}."), None);
        }
        counted.is_ok()
    }
}
