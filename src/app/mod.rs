//! THE WINDOW. egui lives here and nowhere else.
