//! THE LAB INTERNET. Hosts and services described in plain files under `assets/lab`, each served by a real server.
