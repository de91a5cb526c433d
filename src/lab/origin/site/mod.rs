//! One site: its file tree, which PUT and DELETE change, and what stands beside the files. RFC 9110 §9.3, §13, §14.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;

mod compressed;
mod handlers;

use super::{
    OriginAction,
    application::{self, Application},
    conditional::{self, PreconditionOutcome, Validators},
    exchange::{Body, OriginRequest, OriginResponse, Rope},
    pages::{self, refusal},
    password,
    range::{self, Selection},
    target::Resource,
};
use crate::{
    lab::site_file::{HandlerAt, MisbehaviourAt, SiteFile, StoredFile},
    proto::http::{
        form::{MULTIPART, URLENCODED},
        message::Fields,
    },
};

/// A site as one lab serves it. Its files begin as the folder has them and may change.
#[derive(Debug)]
pub(crate) struct Site {
    folder: Arc<SiteFile>,
    /// The program behind it, where it has one.
    application: Option<Arc<dyn Application>>,
    tree: Mutex<SiteTree>,
}

#[derive(Debug)]
struct SiteTree {
    files: BTreeMap<String, Arc<StoredFile>>,
    octets_put: u64,
}

/// A representation ready to be selected from.
pub(super) struct Representation {
    pub(super) content: Rope,
    pub(super) media_type: String,
    pub(super) etag: String,
    pub(super) modified: Option<SystemTime>,
    /// How the content is coded (RFC 9110 §8.4).
    pub(super) coding: Option<String>,
    /// It was chosen by `Accept-Encoding`, and may be another one for another client (RFC 9110 §12.5.5).
    pub(super) varies: bool,
}

impl Site {
    pub(crate) fn new(folder: Arc<SiteFile>) -> Self {
        let tree = SiteTree { files: folder.files.clone(), octets_put: 0 };
        Self { folder, application: None, tree: Mutex::new(tree) }
    }

    /// The same site with a program behind it.
    pub(crate) fn with_application(self, application: Arc<dyn Application>) -> Self {
        Self { application: Some(application), ..self }
    }

    /// The answer to a request for one of the site's resources; `now` is the world's date.
    pub(crate) fn respond(&self, request: &OriginRequest, resource: &Resource, now: SystemTime) -> OriginAction {
        if let Some(answer) = self.early_answer(request, resource) {
            return answer.into();
        }
        let path = resource.path.as_str();
        if let Some((application, _)) = self.application(path) {
            return application::respond(application, request, resource, now);
        }
        if let Some(at) = self.handler(path) {
            return handlers::respond(self, at, request, resource, now).into();
        }
        match self.misbehaviour(path) {
            Some(at) => OriginAction::Misbehave(at.how),
            None => self.file(request, path, now).into(),
        }
    }

    /// The answer where the request's head alone decides it: a refusal, or a redirect.
    pub(crate) fn early_answer(&self, request: &OriginRequest, resource: &Resource) -> Option<OriginResponse> {
        let path = resource.path.as_str();
        let protected = self.folder.protected.iter().find(|at| stands_for(&at.path, path));
        if let Some(refused) = protected.and_then(|at| password::refusal_of(at, &request.fields)) {
            return Some(refused);
        }
        if let Some(redirect) = self.folder.redirects.iter().find(|redirect| redirect.from == path) {
            return only(request, READ).or_else(|| Some(redirected(redirect.status.0, &redirect.to)));
        }
        if let Some((_, methods)) = self.application(path) {
            return only(request, methods).or_else(|| form_refusal(request));
        }
        if let Some(at) = self.handler(path) {
            return handlers::early_answer(at, request);
        }
        if self.misbehaviour(path).is_some() { None } else { self.file_refusal(request, path) }
    }

    /// The program, where it has something at this path, and what may be done there.
    fn application(&self, path: &str) -> Option<(&dyn Application, &'static str)> {
        let application = self.application.as_deref()?;
        Some((application, application.methods(path)?))
    }

    fn handler(&self, path: &str) -> Option<&HandlerAt> {
        self.folder.handlers.iter().find(|at| stands_for(&at.path, path))
    }

    fn misbehaviour(&self, path: &str) -> Option<&MisbehaviourAt> {
        self.folder.misbehaves.iter().find(|at| at.path == path)
    }

    /// A file's content, as a handler reads it.
    pub(super) fn content(&self, name: &str) -> Option<Bytes> {
        Some(self.tree().files.get(name)?.content.clone())
    }

    /// A file as it is represented.
    pub(super) fn representation(&self, name: &str) -> Option<Representation> {
        let media_type = self.folder.media_type(name).to_owned();
        self.stored(name).map(|file| representation(&file, media_type))
    }

    /// Every file of the tree: path with its leading slash, octets.
    pub(crate) fn files(&self) -> Vec<(String, u64)> {
        self.tree().files.iter().map(|(path, file)| (format!("/{path}"), file.content.len() as u64)).collect()
    }

    /// What [`Self::file_refusal`] has nothing against.
    fn file(&self, request: &OriginRequest, path: &str, now: SystemTime) -> OriginResponse {
        let name = path.trim_start_matches('/');
        match request.method.as_str() {
            "PUT" => self.put(request, name, now),
            "DELETE" => self.delete(request, name),
            "OPTIONS" => allowed(204, self.methods(path)),
            _ => self.get(request, path, name, now),
        }
    }

    /// A refusal where the method cannot be done to this path, or a PUT not as it is meant.
    fn file_refusal(&self, request: &OriginRequest, path: &str) -> Option<OriginResponse> {
        let name = path.trim_start_matches('/');
        let methods = self.methods(path);
        match request.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" => None,
            "PUT" if methods == WRITABLE => self.put_refusal(request, name),
            "DELETE" if methods == WRITABLE => None,
            "POST" | "DELETE" if !self.is_served(path, name) => Some(not_found(path)),
            method => {
                let sentence = format!("{method} cannot be done to {path}. The Allow line says what can.");
                Some(not_allowed(&sentence, methods))
            }
        }
    }

    /// What can be done to a path that is no handler's.
    fn methods(&self, path: &str) -> &'static str {
        let is_writable = |folder: &String| path.starts_with(folder.as_str()) && path != folder;
        if self.folder.writable.iter().any(is_writable) { WRITABLE } else { READ }
    }

    /// Does GET find something there: a file, or a folder with a page of its own?
    fn is_served(&self, path: &str, name: &str) -> bool {
        let folder = as_folder(name);
        let has_index = || INDEX_FILES.iter().any(|index| self.exists(&format!("{folder}{index}")));
        let is_listed = || self.folder.listed.iter().any(|listed| listed.trim_start_matches('/') == folder);
        self.exists(name) || self.is_folder(&folder) && (has_index() || is_listed() || path == "/")
    }

    fn get(&self, request: &OriginRequest, path: &str, name: &str, now: SystemTime) -> OriginResponse {
        if let Some(file) = self.stored(name) {
            let media_type = self.folder.media_type(name).to_owned();
            return represent(request, representation(&file, media_type), now);
        }
        let folder = as_folder(name);
        if !self.is_folder(&folder) {
            return not_found(path);
        }
        if folder != name {
            let query = request.target.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
            let to = format!("{}/{query}", request.target.split('?').next().unwrap_or_default());
            let why = "the path names a folder: relative links on its page only work below a slash";
            return redirected(301, &to).because(why, Some("RFC 9110 §15.4.2"));
        }
        for index in INDEX_FILES {
            if let Some(file) = self.stored(&format!("{folder}{index}")) {
                let media_type = self.folder.media_type(index).to_owned();
                return represent(request, representation(&file, media_type), now);
            }
        }
        if self.folder.listed.iter().any(|listed| listed == path) {
            return OriginResponse::page(200, pages::folder_page(path, &self.list(&folder)));
        }
        not_found(path)
    }

    fn put_refusal(&self, request: &OriginRequest, name: &str) -> Option<OriginResponse> {
        if request.fields.has("Content-Range") {
            let sentence = "A PUT replaces the whole file: Content-Range has no meaning here.";
            return Some(refusal(400, sentence, Some("RFC 9110 §14.5")));
        }
        if name.ends_with('/') || self.is_folder(&format!("{name}/")) {
            let sentence = "That is a folder; a file needs a name of its own.";
            return Some(refusal(409, sentence, Some("RFC 9110 §9.3.4")));
        }
        length_required(request).or_else(|| precondition(request, self.stored(name).as_deref()))
    }

    fn put(&self, request: &OriginRequest, name: &str, now: SystemTime) -> OriginResponse {
        let mut tree = self.tree();
        let before = tree.files.get(name).cloned();
        if let Some(refused) = precondition(request, before.as_deref()) {
            return refused;
        }
        let added = request.content.len() as u64;
        if tree.octets_put + added > MAX_OCTETS_PUT || (before.is_none() && tree.files.len() >= MAX_TREE_FILES) {
            return refusal(507, "The lab's file tree holds no more: 1,000 files, 16 MiB put.", Some("RFC 4918 §11.5"));
        }
        tree.octets_put += added;
        // The coding is a part of what was put: who fetches the file is told of it (RFC 9110 §8.4).
        let codings: Vec<String> = codings(&request.fields).collect();
        let coding = (!codings.is_empty()).then(|| codings.join(", "));
        let file = Arc::new(StoredFile { coding, ..StoredFile::new(request.content.clone(), now) });
        let etag = file.etag.clone();
        tree.files.insert(name.to_owned(), file);
        drop(tree);
        let (status, what) = if before.is_some() { (204, "replaced") } else { (201, "created") };
        let mut response = if status == 201 {
            let body = format!("<h1>Created</h1>\n<p>/{} now has {added} octets.</p>\n", pages::escaped(name));
            let page = OriginResponse::page(201, pages::document("Created", &body));
            page.with("Location", request.target.clone())
        } else {
            OriginResponse::empty(204)
        };
        response.fields.push("ETag", etag);
        response.because(format!("{status}: the file was {what} in the server's tree"), Some("RFC 9110 §9.3.4"))
    }

    fn delete(&self, request: &OriginRequest, name: &str) -> OriginResponse {
        let mut tree = self.tree();
        let before = tree.files.get(name).cloned();
        if let Some(refused) = precondition(request, before.as_deref()) {
            return refused;
        }
        match tree.files.remove(name) {
            Some(_) => OriginResponse::empty(204)
                .because("204: the file is gone from the server's tree", Some("RFC 9110 §9.3.5")),
            None => not_found(&format!("/{name}")),
        }
    }

    fn stored(&self, name: &str) -> Option<Arc<StoredFile>> {
        self.tree().files.get(name).cloned()
    }

    fn exists(&self, name: &str) -> bool {
        self.tree().files.contains_key(name)
    }

    /// The root always is one, and so is every folder that may be written to.
    fn is_folder(&self, folder: &str) -> bool {
        folder.is_empty()
            || self.folder.writable.iter().any(|writable| writable.trim_start_matches('/') == folder)
            || self.tree().files.range(folder.to_owned()..).next().is_some_and(|(path, _)| path.starts_with(folder))
    }

    fn list(&self, folder: &str) -> Vec<(String, usize)> {
        let tree = self.tree();
        let below = tree.files.range(folder.to_owned()..).take_while(|(path, _)| path.starts_with(folder));
        below.map(|(path, file)| (path.trim_start_matches(folder).to_owned(), file.content.len())).collect()
    }

    fn tree(&self) -> MutexGuard<'_, SiteTree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn representation(file: &StoredFile, media_type: String) -> Representation {
    let content = Rope::from(file.content.clone());
    let (etag, modified, coding) = (file.etag.clone(), Some(file.modified), file.coding.clone());
    Representation { content, media_type, etag, modified, coding, varies: false }
}

/// The codings that `Content-Encoding` names, but for `identity`, which is none.
pub(super) fn codings(fields: &Fields) -> impl Iterator<Item = String> {
    let named = fields.members("Content-Encoding").map(|coding| String::from_utf8_lossy(coding).into_owned());
    named.filter(|coding| !coding.eq_ignore_ascii_case("identity"))
}

/// The name of a folder, with its slash.
fn as_folder(name: &str) -> String {
    if name.is_empty() || name.ends_with('/') { name.to_owned() } else { format!("{name}/") }
}

/// A representation as this request wants it: preconditions, then ranges (RFC 9110 §13.2.2).
pub(super) fn represent(request: &OriginRequest, what: Representation, now: SystemTime) -> OriginResponse {
    // A modification time after the response's own date would be a lie (RFC 9110 §8.8.2.1).
    let modified = what.modified.map(|modified| conditional::whole_seconds(modified.min(now)));
    let validators = Validators { etag: &what.etag, modified };
    match conditional::judge(&request.method, &request.fields, Some(validators)) {
        PreconditionOutcome::Proceed => {}
        PreconditionOutcome::NotModified { why, clause } => {
            let unchanged = OriginResponse::empty(304).with("ETag", what.etag.clone());
            let unchanged = if what.varies { unchanged.with("Vary", "Accept-Encoding") } else { unchanged };
            return unchanged.because(why, Some(clause));
        }
        PreconditionOutcome::Failed { why, clause } => return refusal(412, &format!("{why}."), Some(clause)),
    }
    let mut response = OriginResponse { status: 200, ..OriginResponse::default() };
    if let Some(modified) = modified {
        response.fields.push("Last-Modified", httpdate::fmt_http_date(modified));
    }
    response.fields.push("ETag", what.etag.clone());
    response.fields.push("Accept-Ranges", "bytes");
    if let Some(coding) = &what.coding {
        response.fields.push("Content-Encoding", coding.clone());
    }
    if what.varies {
        response.fields.push("Vary", "Accept-Encoding");
    }
    let Some(asked) = request.fields.text("Range").filter(|_| request.method == "GET") else {
        return whole(response, what);
    };
    if !conditional::range_applies(&request.fields, validators, now) {
        let why = "the whole is sent: If-Range does not name what the file is now";
        return whole(response, what).because(why, Some("RFC 9110 §13.1.5"));
    }
    let length = what.content.len();
    match range::select(asked, length) {
        Selection::Whole { why } => {
            whole(response, what).because(format!("the whole is sent: {why}"), Some("RFC 9110 §14.2"))
        }
        Selection::Unsatisfiable => {
            let sentence = format!("The file has {length} octets; none of them lies in the range asked for.");
            refusal(416, &sentence, Some("RFC 9110 §15.5.17")).with("Content-Range", format!("bytes */{length}"))
        }
        Selection::Parts(parts) => partial(response, &what, &parts),
    }
}

fn whole(mut response: OriginResponse, what: Representation) -> OriginResponse {
    response.media_type = Some(what.media_type);
    response.body = Body::Whole(what.content);
    response
}

fn partial(mut response: OriginResponse, what: &Representation, parts: &[(u64, u64)]) -> OriginResponse {
    response.status = 206;
    if let [(first, last)] = *parts {
        response.fields.push("Content-Range", range::content_range((first, last), what.content.len()));
        response.media_type = Some(what.media_type.clone());
        response.body = Body::Whole(what.content.slice(first, last));
    } else {
        let boundary = format!("part-{}", what.etag.trim_matches('"'));
        response.media_type = Some(format!("multipart/byteranges; boundary={boundary}"));
        response.body = Body::Whole(range::multipart(&what.content, parts, &what.media_type, &boundary));
    }
    response
}

fn precondition(request: &OriginRequest, current: Option<&StoredFile>) -> Option<OriginResponse> {
    let modified = |file: &StoredFile| Some(conditional::whole_seconds(file.modified));
    let validators = current.map(|file| Validators { etag: &file.etag, modified: modified(file) });
    match conditional::judge(&request.method, &request.fields, validators) {
        PreconditionOutcome::Proceed => None,
        PreconditionOutcome::NotModified { why, clause } | PreconditionOutcome::Failed { why, clause } => {
            Some(refusal(412, &format!("{why}."), Some(clause)))
        }
    }
}

/// 411 where content is to be had but nothing says how long it is. In HTTP/2 frames say so.
pub(super) fn length_required(request: &OriginRequest) -> Option<OriginResponse> {
    let framed = ["Content-Length", "Transfer-Encoding"].iter().any(|name| request.fields.has(name));
    if framed || request.protocol == "HTTP/2" {
        return None;
    }
    let sentence = "Say how long the content is: Content-Length, or Transfer-Encoding: chunked.";
    Some(refusal(411, sentence, Some("RFC 9110 §15.5.12")))
}

/// A refusal of a POST whose head says that its content cannot be read as a form.
fn form_refusal(request: &OriginRequest) -> Option<OriginResponse> {
    if request.method != "POST" {
        return None;
    }
    length_required(request).or_else(|| handlers::no_form(request, &[URLENCODED, MULTIPART]))
}

/// A refusal where the method is none of `methods`, or the answer where it is OPTIONS.
pub(super) fn only(request: &OriginRequest, methods: &'static str) -> Option<OriginResponse> {
    let method = request.method.as_str();
    if method == "OPTIONS" {
        return Some(allowed(204, methods));
    }
    let is_one = methods.split(", ").any(|allowed| allowed == method);
    let sentence = || format!("{method} cannot be done here. The Allow line says what can.");
    (!is_one).then(|| not_allowed(&sentence(), methods))
}

pub(super) fn not_allowed(sentence: &str, methods: &'static str) -> OriginResponse {
    refusal(405, sentence, Some("RFC 9110 §15.5.6")).with("Allow", methods)
}

pub(crate) fn redirected(status: u16, to: &str) -> OriginResponse {
    let link = pages::escaped(to);
    let body = format!("<h1>{status}</h1>\n<p>It is at <a href=\"{link}\">{link}</a>.</p>\n");
    let mut response = OriginResponse::page(status, pages::document("Elsewhere", &body));
    // Where a page has moved may be kept, as far as its status allows (RFC 9111 §4.2.2).
    response.fields.0.clear();
    response.with("Location", to.to_owned())
}

pub(super) fn not_found(path: &str) -> OriginResponse {
    refusal(404, &format!("This site has nothing at {path}."), Some("RFC 9110 §15.5.5"))
}

fn allowed(status: u16, methods: &'static str) -> OriginResponse {
    OriginResponse::empty(status).with("Allow", methods)
}

/// A path stands for itself; one that ends in a slash also for everything below it.
fn stands_for(at: &str, path: &str) -> bool {
    at == path || (at.ends_with('/') && path.starts_with(at))
}

/// Methods of what can only be read.
pub(super) const READ: &str = "GET, HEAD, OPTIONS";

const WRITABLE: &str = "GET, HEAD, PUT, DELETE, OPTIONS";

/// Shown where a folder is asked for.
const INDEX_FILES: [&str; 2] = ["index.html", "home.index"];

/// Files a site may have before PUT is refused.
const MAX_TREE_FILES: usize = 1_000;

/// Octets that may be put in all.
const MAX_OCTETS_PUT: u64 = 16 * 1024 * 1024;
