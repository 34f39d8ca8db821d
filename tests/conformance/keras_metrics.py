def record_metrics(rec):
    pass
