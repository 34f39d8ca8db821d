def record_tensorflow(rec):
    pass
