"""What the pydo witness looks at, one module for each part of the API."""
