"""Who may call: users, logins, keys, and what each of them is allowed."""
