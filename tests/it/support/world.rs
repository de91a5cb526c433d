//! A small world of its own for programs others wrote: a network namespace with nothing in it but loopback, and in it, where wanted,
//! BIND and unbound as they are installed. Needs no root where users may open namespaces; touches nothing outside it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

/// The namespace, and what runs in it; all ends with it.
pub(crate) struct World {
    holder: Child,
    needs_user: bool,
    folder: PathBuf,
    servers: Vec<(String, Child)>,
}

/// One `named`.
pub(crate) struct Named<'a> {
    /// Its name, for its files.
    pub(crate) name: &'a str,
    /// Where it listens, on ports 53 and [`PORT`].
    pub(crate) ips: &'a [&'a str],
    /// Origins and zone files.
    pub(crate) zones: &'a [(&'a str, &'a str)],
    /// Writes down who asked for what.
    pub(crate) is_logged: bool,
}

/// A query that came to a `named`, as its log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    /// As `www.school.lab`, without the final dot.
    pub(crate) name: String,
    /// As `A`.
    pub(crate) kind: String,
    /// Came over TCP.
    pub(crate) over_tcp: bool,
}

/// The port beside 53 at which every server is reached too.
pub(crate) const PORT: u16 = 5300;
/// Programs a world is made of, and the packages they come in.
const PROGRAMS: &[(&str, &str)] = &[("unshare", "util-linux"), ("nsenter", "util-linux"), ("ip", "iproute2")];

impl World {
    /// An empty one, in which these programs can be started; `None`, said aloud, where one is not installed or no namespace can be had.
    pub(crate) fn open(programs: &[(&str, &str)]) -> Option<Self> {
        let missing: Vec<_> = PROGRAMS.iter().chain(programs).filter(|(program, _)| !is_installed(program)).collect();
        if let Some((program, package)) = missing.first() {
            return skipped(&format!("{program} is not installed (package {package})"));
        }
        let Some((holder, needs_user)) = hold(&[]).map(|holder| (holder, false)).or_else(|| {
            let holder = hold(&["--user", "--map-root-user"])?;
            Some((holder, true))
        }) else {
            return skipped("no network namespace can be opened here");
        };
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("roundtrip-world-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Some(Self { holder, needs_user, folder, servers: Vec::new() })
    }

    /// A program inside.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.env("PATH", search_path()).arg("--net");
        if self.needs_user {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.args(["--target", &self.holder.id().to_string(), "--"]).arg(program);
        command
    }

    /// Runs it to its end.
    pub(crate) fn output(&self, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Output {
        self.command(program).args(args).output().expect("a program that starts")
    }

    /// Runs lines of shell; each must succeed.
    pub(crate) fn shell(&self, lines: &str) {
        let output = self.output("sh", &["-ec", lines]);
        assert!(output.status.success(), "{lines}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Gives loopback more addresses.
    pub(crate) fn addresses(&self, ips: &[&str]) {
        let lines: Vec<_> = ips.iter().map(|ip| format!("ip addr replace {ip}/32 dev lo")).collect();
        self.shell(&lines.join("\n"));
    }

    /// A file in this world's folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    /// Starts a `named` that serves zones, and waits until it does.
    pub(crate) fn named(&mut self, named: &Named<'_>) {
        self.addresses(named.ips);
        let at = self.folder.display();
        let ips: String = named.ips.iter().flat_map(|ip| [ip, "; "]).collect();
        let mut conf = format!(
            "options {{ directory \"{at}\"; pid-file none; session-keyfile none; listen-on port 53 {{ {ips}}};\n\
             listen-on port {PORT} {{ {ips}}}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no;\n\
             minimal-responses no; querylog {}; notify no; tcp-clients 1000; }};\ncontrols {{ }};\n",
            if named.is_logged { "yes" } else { "no" }
        );
        for (place, (origin, text)) in named.zones.iter().enumerate() {
            let file = format!("{}-{place}.zone", named.name);
            self.file(&file, text);
            conf.push_str(&format!("zone \"{origin}\" {{ type primary; file \"{file}\"; }};\n"));
        }
        let conf = self.file(&format!("{}.conf", named.name), &conf);
        self.start(named.name, "named", &["-g", "-n", "1", "-c", &conf.to_string_lossy()], "running");
    }

    /// Starts an `unbound` with this in its configuration, and waits until it serves.
    pub(crate) fn unbound(&mut self, name: &str, conf: &str) {
        let conf = format!(
            "server:\n directory: \"{}\"\n pidfile: \"\"\n username: \"\"\n chroot: \"\"\n do-not-query-localhost: no\n \
             access-control: 0.0.0.0/0 allow\n module-config: \"iterator\"\n do-ip6: no\n use-syslog: no\n verbosity: 1\n \
             qname-minimisation: no\n{conf}\nremote-control:\n control-enable: no\n",
            self.folder.display()
        );
        let conf = self.file(&format!("{name}.conf"), &conf);
        self.start(name, "unbound", &["-d", "-c", &conf.to_string_lossy()], "start of service");
    }

    /// Ends one server.
    pub(crate) fn stop(&mut self, name: &str) {
        let Some(place) = self.servers.iter().position(|(known, _)| known == name) else { return };
        end(self.servers.swap_remove(place).1);
    }

    /// Queries that came to a `named` so far, in order.
    pub(crate) fn queries(&self, name: &str) -> Vec<Logged> {
        let log = fs::read_to_string(self.log(name)).unwrap_or_default();
        // … (www.school.lab): query: www.school.lab IN A -E(0) (127.0.10.3)
        let query = |line: &str| {
            let (_, query) = line.split_once("): query: ")?;
            let mut words = query.split(' ');
            let (name, _, kind, flags) = (words.next()?, words.next()?, words.next()?, words.next()?);
            Some(Logged { name: name.to_owned(), kind: kind.to_owned(), over_tcp: flags.contains('T') })
        };
        log.lines().filter_map(query).collect()
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    /// It ends when its input does: with this process at the latest, however that ends.
    fn start(&mut self, name: &str, program: &str, args: &[&str], ready: &str) {
        let log = self.log(name);
        fs::remove_file(&log).ok();
        let script = r#"log=$1; shift; "$@" >"$log" 2>&1 </dev/null & cat >/dev/null; kill $! 2>/dev/null; wait"#;
        let mut command = self.command("sh");
        command.args(["-c", script, "sh"]).arg(&log).arg(program).args(args).stdin(Stdio::piped());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell");
        self.servers.push((name.to_owned(), child));
        for _ in 0..2_000 {
            if fs::read_to_string(&log).is_ok_and(|log| log.contains(ready)) {
                return;
            }
            thread::park_timeout(Duration::from_millis(10));
        }
        panic!("{name} did not start: {}", fs::read_to_string(&log).unwrap_or_default());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for (_, server) in std::mem::take(&mut self.servers) {
            end(server);
        }
        drop(self.holder.stdin.take());
        self.holder.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// Worlds this process has opened, for their folders' names.
static OPENED: AtomicU32 = AtomicU32::new(0);

fn end(mut server: Child) {
    drop(server.stdin.take());
    server.wait().ok();
}

/// A process that keeps a new namespace open.
fn hold(more: &[&str]) -> Option<Child> {
    let mut command = Command::new("unshare");
    command.env("PATH", search_path()).args(more).args(["--net", "--", "sh", "-c"]);
    command.arg("ip link set lo up && echo open && exec cat").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().ok()?;
    let mut said = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut said).ok()?;
    if said.trim() == "open" {
        return Some(child);
    }
    end(child);
    None
}

/// Servers are where only the administrator's path leads.
fn search_path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

/// Is there such a program?
pub(crate) fn is_installed(program: &str) -> bool {
    search_path().split(':').any(|folder| Path::new(folder).join(program).exists())
}

/// Nothing, said aloud with the reason.
pub(crate) fn skipped<T>(why: &str) -> Option<T> {
    writeln!(std::io::stderr(), "skipped: {why}").ok();
    None
}
