"""Speech to text: what a customer says becomes text for the dialog."""
