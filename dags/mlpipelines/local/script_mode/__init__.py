"""What AWS's framework containers do with a script of the user's, for training and for serving."""
