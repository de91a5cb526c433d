//! Cookies at the terminal: files that curl reads and writes too, the jar of the lab's store, and what no saved run of the Internet tells.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn roundtrip(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
    command.args(args).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command.output().expect("the program starts")
}

fn said(args: &[&str]) -> String {
    let output = roundtrip(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("roundtrip-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A server on this machine that sets cookies with each answer and sends back the `Cookie` line it got; its address.
fn shop() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        while let Ok((mut client, _)) = listener.accept() {
            let (mut heard, mut octets) = (Vec::new(), [0; 4096]);
            while !heard.windows(4).any(|four| four == b"\r\n\r\n") {
                match client.read(&mut octets) {
                    Ok(0) | Err(_) => break,
                    Ok(n) => heard.extend_from_slice(&octets[..n]),
                }
            }
            let request = String::from_utf8_lossy(&heard).into_owned();
            let line =
                request.lines().find(|line| line.to_ascii_lowercase().starts_with("cookie:")).unwrap_or("no cookies");
            let mirrored = if request.starts_with("GET /quiet") { "ok" } else { line };
            let answer = format!(
                "HTTP/1.1 200 OK\r\nSet-Cookie: sid=geheim-1678; Path=/; HttpOnly\r\nSet-Cookie: lasting=geheim-2; Max-Age=3600\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{mirrored}",
                mirrored.len()
            );
            client.write_all(answer.as_bytes()).ok();
        }
    });
    format!("http://127.0.0.1:{port}/")
}

fn curl(args: &[&str]) -> Option<String> {
    let output = Command::new("curl").args(["-sS", "--noproxy", "*"]).args(args).output().ok()?;
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn a_jar_file_is_curls_and_ours() {
    let (folder, shop) = (folder("jar-file"), shop());
    let file = folder.join("cookies.txt");
    let name = file.to_str().expect("a readable name");
    let ours = |extra: &[&str]| said(&[&["fetch", "--world", "internet", &shop, "--jar", name][..], extra].concat());
    assert!(ours(&[]).contains("no cookies"), "an empty jar");
    let text = std::fs::read_to_string(&file).expect("a file");
    assert!(text.contains("#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\tgeheim-1678"), "{text}");
    let again = ours(&["--cookie-rules", "6265"]);
    assert!(again.contains("ookie: sid=geheim-1678; lasting=geheim-2"), "{again}");
    let Some(theirs) = curl(&["-b", name, &shop]) else {
        println!("skipped: there is no curl");
        return;
    };
    assert!(theirs.to_ascii_lowercase().contains("sid=geheim-1678") && theirs.contains("lasting=geheim-2"), "{theirs}");
    std::fs::remove_file(&file).expect("it goes");
    curl(&["-c", name, "-o", "/dev/null", &shop]);
    let read = ours(&[]);
    assert!(read.contains("sid=geheim-1678") && read.contains("lasting=geheim-2"), "curl's file is read: {read}");
    std::fs::remove_dir_all(folder).ok();
}

#[test]
fn no_cookies_value_stands_in_a_saved_run_of_the_internet() {
    let (folder, shop) = (folder("jar-secrets"), shop() + "quiet");
    let (jar, saved) = (folder.join("cookies.txt"), folder.join("saved.roundtrip"));
    let (jar, saved_name) = (jar.to_str().expect("a name"), saved.to_str().expect("a name"));
    for extra in [&["--jar", jar][..], &["--jar", jar], &["-H", "Cookie: x=geheim-3"], &["--http", "1.0", "--jar", jar]]
    {
        said(&[&["fetch", "--world", "internet", &shop, "--save", saved_name][..], extra].concat());
        let text = std::fs::read_to_string(&saved).expect("a saved run");
        assert!(!text.contains("geheim"), "{extra:?}: a value stands in it:\n{text}");
        assert!(text.contains("sid=***") && text.contains("\"cookies_set\""), "{extra:?}:\n{text}");
    }
    let kept = std::fs::read_to_string(Path::new(jar)).expect("a jar");
    assert!(kept.contains("geheim-1678"), "the jar itself has them");
    std::fs::remove_dir_all(folder).ok();
}

#[test]
fn the_labs_jar_is_listed_asked_read_and_written() {
    let folder = folder("jar-store");
    let data = folder.join("data");
    let data = data.to_str().expect("a name");
    let file = folder.join("in.txt");
    std::fs::write(
        &file,
        "# Netscape HTTP Cookie File\n.amazon.com\tTRUE\t/\tFALSE\t1799999999\tid\t1678\nwww.amazon.com\tFALSE\t/cart\tTRUE\t0\tsid\tx\nbroken\n",
    )
    .expect("written");
    let cookies = |args: &[&str]| said(&[&["--data-folder", data, "cookies"][..], args].concat());
    assert_eq!(cookies(&["import", file.to_str().expect("a name")]), "2 of 2 cookies are in the jar now\n");
    let list = cookies(&[]);
    assert!(list.contains("id") && list.contains(".amazon.com") && list.contains("Lax (default)"), "{list}");
    let why = cookies(&["why", "http://www.amazon.com/"]);
    assert!(
        why.contains("> Cookie: id=1678") && why.contains("kept back: sid. It is for what is below /cart."),
        "{why}"
    );
    let embedded = cookies(&["why", "http://www.amazon.com/", "--embedded-in", "http://www.cnn.com/", "--json"]);
    let notes: serde_json::Value = serde_json::from_str(&embedded).expect("JSON");
    let id = notes.as_array().expect("a list").iter().find(|note| note["name"] == "id").expect("id");
    assert_eq!((&id["verdict"], &id["clause"]), (&"kept-back".into(), &"RFC 6265bis §5.8.3 step 3".into()));
    let older =
        cookies(&["why", "http://www.amazon.com/", "--embedded-in", "http://www.cnn.com/", "--cookie-rules", "6265"]);
    assert!(older.contains("> Cookie: id=1678"), "{older}");
    let exported = cookies(&["export"]);
    assert!(exported.contains(".amazon.com\tTRUE\t/\tFALSE\t1799999999\tid\t1678\n"), "{exported}");
    let json = folder.join("out.json");
    cookies(&["export", json.to_str().expect("a name"), "--json"]);
    let other = folder.join("other");
    let other = other.to_str().expect("a name");
    let read = said(&["--data-folder", other, "cookies", "import", json.to_str().expect("a name")]);
    assert_eq!(read, "2 of 2 cookies are in the jar now\n");
    let history = said(&["--data-folder", other, "store", "history", "jar"]);
    assert!(history.contains("sets id. It is new") || history.contains("id"), "{history}");
    let wrong = roundtrip(&["--data-folder", other, "cookies", "import", "/nowhere/at/all"]);
    assert_eq!(wrong.status.code(), Some(2));
    std::fs::remove_dir_all(folder).ok();
}
