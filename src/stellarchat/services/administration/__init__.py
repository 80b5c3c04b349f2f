"""What administrators look after: who did what, who used how much and may use how much, what people think."""
