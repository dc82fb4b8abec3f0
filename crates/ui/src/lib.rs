//! One plain view model from events, drawn by the terminal
