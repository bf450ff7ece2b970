"""Understanding: which intent a text means, with a calibrated confidence, and which slot values it holds."""
