"""What the user meant: command line over environment over file over preset, checked before any slow work."""
