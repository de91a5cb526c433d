//! Pages, rendered: HTML and CSS by blitz, painted by the processor into a picture the window shows. No scripts.
//!
//! A page gets its pictures and style sheets only from what the student saw being fetched (`resources`); links and forms become
//! requests of the Browse tab. All reading and painting is done on a thread of its own (`renderer`), since a page may be hostile:
//! what can be measured is limited before blitz sees it, panics are caught, and a thread that does not answer is left behind.

mod content;
mod data_url;
mod document;
mod fonts;
mod image_size;
mod input;
mod nesting;
mod parse;
mod renderer;
mod resources;
mod text;
mod view;

pub use content::{ContentKind, kind, letters};
pub use document::Navigation;
pub use text::{PageLink, without_tags};
pub use view::{PageAction, PageContent, PageView};
