"""The store on each database."""
