"""Object stores: recordings that are fetched one by one, results that are put there whole."""
