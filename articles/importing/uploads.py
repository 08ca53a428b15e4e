def paths_of(batch):
    return batch.sources
