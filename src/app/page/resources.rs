//! Where a page's pictures and style sheets come from: only from what has been fetched in view of the student. blitz asks here;
//! what is not there yet waits, and what never comes is answered empty, so that a missing style sheet cannot keep a page
//! blank. Nothing here opens a connection.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use blitz_traits::net::{Bytes, NetHandler, NetProvider, Request};
use url::Url;

use super::{
    data_url,
    image_size::{Size, declared_size, is_raster},
    nesting::{drawing_too_deep, sheet_too_deep},
};

/// Pixels of one picture at most: 16 megapixels take 64 MB once decoded.
pub(super) const MAX_PICTURE_PIXELS: u64 = 16 << 20;

/// Pixels of all pictures of a page at most.
pub(super) const MAX_PAGE_PIXELS: u64 = 32 << 20;

/// Octets of one style sheet or drawing at most.
pub(super) const MAX_TEXT_OCTETS: usize = 1 << 20;

/// Octets of all style sheets and drawings of a page at most.
pub(super) const MAX_PAGE_TEXT_OCTETS: usize = 4 << 20;

/// What is known of a page's sub-resources. Shared by the document, which asks, and the renderer, which fills it; both live on
/// one thread (blitz's trait asks for more).
#[derive(Default)]
pub(super) struct Resources {
    state: Mutex<ResourceTable>,
}

#[derive(Default)]
struct ResourceTable {
    known: HashMap<String, Bytes>,
    waiting: BTreeMap<String, Vec<Box<dyn NetHandler>>>,
    /// Nothing more will come.
    settled: bool,
    wanted: BTreeSet<String>,
    refused: BTreeSet<ResourceLimit>,
    pixels: u64,
    text_octets: usize,
}

/// Why a sub-resource that was fetched is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ResourceLimit {
    /// A picture, or all of them together, has more pixels than are decoded.
    Pixels,
    /// A style sheet or drawing, or all of them together, is longer than is read.
    Length,
    /// A style sheet or drawing is nested deeper than is read.
    Depth,
}

impl Resources {
    /// A resource has been fetched; what waited for it gets it now.
    pub(super) fn arrived(&self, url: &Url, content: &Bytes) {
        let key = key(url);
        let mut state = self.lock();
        let waiting = state.waiting.remove(&key).unwrap_or_default();
        state.wanted.remove(&key);
        state.known.insert(key.clone(), content.clone());
        let answers: Vec<_> = waiting.into_iter().map(|handler| (handler, state.admitted(content))).collect();
        // blitz decodes inside the call, and a style sheet may ask for more at once.
        drop(state);
        for (handler, content) in answers {
            handler.bytes(key.clone(), content);
        }
    }

    /// Nothing more will come: what still waits gets nothing.
    pub(super) fn settle(&self) {
        let mut state = self.lock();
        state.settled = true;
        let waiting = std::mem::take(&mut state.waiting);
        state.wanted.extend(waiting.keys().cloned());
        drop(state);
        for (key, handlers) in waiting {
            for handler in handlers {
                handler.bytes(key.clone(), Bytes::new());
            }
        }
    }

    /// What the page refers to and was never fetched.
    pub(super) fn wanted(&self) -> Vec<Url> {
        self.lock().wanted.iter().filter_map(|url| Url::parse(url).ok()).collect()
    }

    /// What was fetched but is not shown.
    pub(super) fn refused(&self) -> Vec<ResourceLimit> {
        self.lock().refused.iter().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, ResourceTable> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NetProvider for Resources {
    fn fetch(&self, _document: usize, request: Request, handler: Box<dyn NetHandler>) {
        let key = key(&request.url);
        let mut state = self.lock();
        let content = if request.url.scheme() == "data" {
            data_url::content(&request.url).map(Bytes::from).or_else(|| Some(Bytes::new()))
        } else if !matches!(request.url.scheme(), "http" | "https") {
            Some(Bytes::new())
        } else if let Some(content) = state.known.get(&key) {
            Some(content.clone())
        } else if state.settled {
            state.wanted.insert(key.clone());
            Some(Bytes::new())
        } else {
            None
        };
        match content {
            Some(content) => {
                let content = state.admitted(&content);
                drop(state);
                handler.bytes(key, content);
            }
            None => state.waiting.entry(key).or_default().push(handler),
        }
    }
}

impl ResourceTable {
    /// `content` if it may be decoded within the limits, nothing otherwise. blitz does not say what it takes a resource for, so
    /// everything that is not plainly a raster picture is examined as if it were a style sheet or a drawing.
    fn admitted(&mut self, content: &Bytes) -> Bytes {
        match self.examine(content) {
            Ok(()) => content.clone(),
            Err(refused) => {
                self.refused.insert(refused);
                Bytes::new()
            }
        }
    }

    fn examine(&mut self, content: &Bytes) -> Result<(), ResourceLimit> {
        if is_raster(content) {
            let pixels = declared_size(content).map_or(0, Size::pixels);
            if pixels > MAX_PICTURE_PIXELS || self.pixels + pixels > MAX_PAGE_PIXELS {
                return Err(ResourceLimit::Pixels);
            }
            self.pixels += pixels;
            return Ok(());
        }
        if content.len() > MAX_TEXT_OCTETS || self.text_octets + content.len() > MAX_PAGE_TEXT_OCTETS {
            return Err(ResourceLimit::Length);
        }
        self.text_octets += content.len();
        let drawing = content.iter().find(|octet| !octet.is_ascii_whitespace()) == Some(&b'<');
        let too_deep = if drawing { drawing_too_deep(content) } else { sheet_too_deep(content) };
        if too_deep { Err(ResourceLimit::Depth) } else { Ok(()) }
    }
}

/// A resource's identity: its address without the fragment, which is never sent (RFC 9110 §4.2.5).
fn key(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod a_page_gets_only_what_was_fetched {
    use std::sync::{Arc, mpsc};

    use super::*;

    struct Got(mpsc::Sender<(String, usize)>);

    impl NetHandler for Got {
        fn bytes(self: Box<Self>, url: String, bytes: Bytes) {
            self.0.send((url, bytes.len())).unwrap();
        }
    }

    fn asked(resources: &Resources, url: &str) -> mpsc::Receiver<(String, usize)> {
        let (tx, rx) = mpsc::channel();
        resources.fetch(1, Request::get(Url::parse(url).unwrap()), Box::new(Got(tx)));
        rx
    }

    const SHEET: &str = "http://a.lab/x.css";

    #[test]
    fn at_once_when_it_is_there_and_later_when_it_comes() {
        let resources = Arc::new(Resources::default());
        let early = asked(&resources, SHEET);
        assert!(early.try_recv().is_err(), "not fetched yet: it waits");
        resources.arrived(&Url::parse(SHEET).unwrap(), &Bytes::from_static(b"a{}"));
        assert_eq!(early.try_recv().unwrap(), (SHEET.to_owned(), 3));
        assert_eq!(asked(&resources, "http://a.lab/x.css#part").try_recv().unwrap().1, 3);
    }

    #[test]
    fn and_nothing_when_it_will_never_come() {
        let resources = Resources::default();
        let waiting = asked(&resources, SHEET);
        resources.settle();
        assert_eq!(waiting.try_recv().unwrap().1, 0);
        assert_eq!(asked(&resources, "http://a.lab/y.png").try_recv().unwrap().1, 0);
        assert_eq!(resources.wanted().len(), 2);
    }

    #[test]
    fn never_a_file_of_this_machine() {
        let resources = Resources::default();
        assert_eq!(asked(&resources, "file:///etc/passwd").try_recv().unwrap().1, 0);
        assert_eq!(asked(&resources, "data:text/css,a").try_recv().unwrap().1, 1);
        assert!(resources.wanted().is_empty());
    }

    #[test]
    fn within_limits() {
        let resources = Resources::default();
        let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\x01\0\0\0\x01\0\0";
        for (url, content, refused) in [
            ("http://a.lab/bomb.png", Bytes::from_static(bomb), ResourceLimit::Pixels),
            ("http://a.lab/long.css", Bytes::from(vec![b' '; MAX_TEXT_OCTETS + 1]), ResourceLimit::Length),
            ("http://a.lab/deep.css", Bytes::from(vec![b'('; 1000]), ResourceLimit::Depth),
            ("http://a.lab/deep.svg", Bytes::from("<g>".repeat(1000)), ResourceLimit::Depth),
        ] {
            let waiting = asked(&resources, url);
            resources.arrived(&Url::parse(url).unwrap(), &content);
            assert_eq!(waiting.try_recv().unwrap().1, 0, "{url}");
            assert!(resources.refused().contains(&refused), "{url}");
        }
    }
}
