//! The textbook's first server: what comes is sent back in upper case, by datagram and by connection.

use std::sync::Arc;

use serde::Deserialize;

use crate::{
    lab::{
        LabError,
        accept::accept_all,
        description::keys_of,
        service::{HostContext, Process, Service, ServiceKind, Transports},
    },
    net::{Clock, Driver, LabDatagrams, LabSocket, Patience},
    proto::echo::{EchoServer, PORT, upper_case},
};

pub(super) static KIND: ServiceKind = ServiceKind {
    name: "echo",
    usual_port: Some(PORT),
    takes: Transports::Both,
    keys: keys_of::<Written>,
    read: |mut description| {
        let Written {} = description.read()?;
        Ok(Arc::new(Echo))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {}

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
        let by_datagram = answer_datagrams(datagrams);
        let by_connection = accept_all(listener, move |socket: LabSocket| serve(socket, clock.clone()));
        Ok(Box::pin(async move {
            tokio::join!(by_datagram, by_connection);
        }))
    }
}

/// One socket for all clients: each datagram is answered to where it says it is from.
async fn answer_datagrams(socket: LabDatagrams) {
    loop {
        // A socket that is connected to nobody is never told that a port is unreachable.
        if let Ok(datagram) = socket.recv().await {
            // It is no longer than the one it answers.
            socket.answer(&datagram, upper_case(&datagram.bytes)).ok();
        }
    }
}

/// One connection for each client, until the client ends it.
async fn serve(socket: LabSocket, clock: Clock) {
    let mut driver = Driver::new(EchoServer::default(), socket, clock, Patience::default());
    // It tells of nothing but its end; an error is the client's having gone.
    driver.next_event().await.ok();
}
