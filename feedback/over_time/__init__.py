"""What people do, over time: from the rows that `pipeline.summarise_rounds` keeps. For leads; nobody is named."""
