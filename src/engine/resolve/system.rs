//! The system's own resolver, as every program on this machine would ask it: a stub, and a second opinion. It is hickory-resolver, whose
//! octets are its own: they are not in the record.

use std::net::{IpAddr, SocketAddr};

use hickory_resolver::{
    Resolver,
    config::{NameServerConfig, ResolverConfig},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
};

use crate::proto::dns::{Name, RData, Record, RecordType, ResponseCode, iterate::ResolutionAnswer, limits};

/// Why the system's resolver gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum SystemError {
    /// There is no configuration, or it cannot be read.
    #[error("this system's resolver configuration cannot be read")]
    NoConfiguration(#[source] NetError),
    /// No answer.
    #[error("{who} gave no answer")]
    NoAnswer {
        /// The server that was asked.
        who: String,
        /// Why there is no answer.
        source: NetError,
    },
}

impl SystemError {
    /// Did the query time out?
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, Self::NoAnswer { source: NetError::Timeout, .. })
    }
}

/// The server, as a step names it.
pub(super) fn name_of(server: Option<SocketAddr>) -> String {
    server.map_or_else(|| "this system's resolver".to_owned(), |at| at.ip().to_string())
}

/// The answer of the system's resolver, and the server it asks; with a `server`, the answer of that one.
pub(super) async fn ask(
    name: &Name,
    kind: RecordType,
    server: Option<SocketAddr>,
) -> Result<(ResolutionAnswer, Vec<IpAddr>), SystemError> {
    let provider = TokioRuntimeProvider::default();
    let (builder, servers) = if let Some(server) = server {
        let mut config = NameServerConfig::udp_and_tcp(server.ip());
        for connection in &mut config.connections {
            connection.port = server.port();
        }
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![config]);
        (Resolver::builder_with_config(config, provider), vec![server.ip()])
    } else {
        let (config, options) =
            hickory_resolver::system_conf::read_system_conf().map_err(SystemError::NoConfiguration)?;
        let servers = config.name_servers().iter().map(|server| server.ip).collect();
        let mut builder = Resolver::builder_with_config(config, provider);
        *builder.options_mut() = options;
        (builder, servers)
    };
    let resolver = builder.build().map_err(SystemError::NoConfiguration)?;
    let blank = |code| ResolutionAnswer {
        code,
        answers: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
        failure: None,
    };
    let answer = match resolver.lookup(name.clone(), kind).await {
        Ok(lookup) => ResolutionAnswer {
            answers: lookup.answers().to_vec(),
            authority: lookup.authorities().to_vec(),
            ..blank(ResponseCode::NoError)
        },
        Err(NetError::Dns(DnsError::NoRecordsFound(nothing))) => {
            let soa = nothing.soa.map(|soa| soa.into_record_of_rdata());
            let soa: Vec<Record> = soa.into_iter().collect();
            let answers = if kind == RecordType::CNAME { Vec::new() } else { aliases(&resolver, name).await };
            ResolutionAnswer { answers, authority: soa, ..blank(nothing.response_code) }
        }
        Err(NetError::Dns(DnsError::ResponseCode(code))) => blank(code),
        Err(source) => {
            let who = server.map_or_else(|| name_of(None), |at| at.to_string());
            return Err(SystemError::NoAnswer { who, source });
        }
    };
    Ok((answer, servers))
}

/// The aliases that lead from a name to one without records: hickory-resolver leaves them out of a negative answer.
async fn aliases(resolver: &Resolver<TokioRuntimeProvider>, name: &Name) -> Vec<Record> {
    let (mut chain, mut name) = (Vec::<Record>::new(), name.clone());
    for _ in 0..limits::ALIASES {
        let Ok(lookup) = resolver.lookup(name.clone(), RecordType::CNAME).await else { break };
        let alias = lookup.answers().iter().find(|record| record.name == name);
        let Some((record, RData::CNAME(next))) = alias.map(|record| (record.clone(), &record.data)) else { break };
        name = next.0.clone();
        chain.push(record);
    }
    chain
}
