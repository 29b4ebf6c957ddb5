"""Amazon Web Services: the app as a Lambda function."""
