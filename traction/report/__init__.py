"""What people and programs get to see of protocols, checks and sessions: text, charts, pictures, rows."""
