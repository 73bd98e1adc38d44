"""Makes every input of docs/cases.md anew, runs Malgwi on it and writes the page."""
