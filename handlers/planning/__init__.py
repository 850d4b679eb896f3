"""What an experiment will be: which parameters, data and seeds it sets. Asks through ports, changes nothing."""
