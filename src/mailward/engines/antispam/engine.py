def signals(reading, facts): return {}
