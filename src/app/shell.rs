//! The shell: top bar, the tab, the drawer, the status bar, notices. Owns everything the window knows.
