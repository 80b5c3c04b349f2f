"""Where engine processes live: started under a guard, watched, restarted, ended. Parses no tokens."""
