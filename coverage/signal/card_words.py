"""The words of the model card, in Indonesian and English: texts, headings, names, explanations.

Whatever is not named here is shown as the JSON has it.
"""

from typing import Final

LANGUAGES: Final = ("id", "en")

TEXTS: Final = {
    "title": ("Kartu model sinyal", "Signal model card"),
    "data": ("Data", "Data"),
    "model": ("Model", "Model"),
    "warnings": ("Yang perlu diperhatikan", "What to mind"),
    "none": ("Tidak ada.", "None."),
    "blocked": (
        "Uji blok: seluruh sel H3 disisihkan, dengan jarak pengaman (angka utama)",
        "Blocked test: whole H3 cells held out, with a buffer (the headline)",
    ),
    "random": (
        "Uji acak: terlalu optimistis, jalan yang sama dilalui berulang kali (batas atas saja)",
        "Random test: optimistic, the same roads are driven again and again (upper bound only)",
    ),
    "matched": (
        "Uji dengan jarak ke data yang sama seperti di TPS",
        "Test at the distances to data that the polling stations have",
    ),
    "base": (
        "Porsi lemah di antara baris uji: {base}. Baris uji: {n}.",
        "Share of weak rows in the test: {base}. Test rows: {n}.",
    ),
    "summary": (
        "Singkatnya, pada uji blok: RMSE {rmse} dB, AP {ap} pada porsi lemah {base}, selang "
        "{interval} % mencakup {coverage}.",
        "In short, in the blocked test: RMSE {rmse} dB, AP {ap} at a share of weak rows of {base}, "
        "the {interval} % interval covers {coverage}.",
    ),
    "validation": ("Cara menguji", "How it was tested"),
    "glossary": ("Arti istilah", "What the words mean"),
    "axes": (
        "Mendatar: peluang lemah menurut model; tegak: frekuensi; putus-putus: sempurna.",
        "Across: the model's probability of weak; upwards: frequency; dashed: perfect.",
    ),
    "ranges": ("RMSE [dB] dengan selang 95 %", "RMSE [dB] with its 95 % interval"),
    "methods": ("Metode", "Methods"),
    "paired": (
        "Selisih terhadap pembanding (selang 95 %; menang hanya jika selang tidak memuat nol)",
        "Difference to each rival (95 % interval; a win only where it excludes zero)",
    ),
    "intervals": (
        "Selang {interval} %: cakupan menurut jarak ke pengukuran",
        "{interval} % interval: coverage by distance to readings",
    ),
    "by_distance": ("RMSE [dB] menurut jarak ke pengukuran", "RMSE [dB] by distance to readings"),
    "by_operator": ("Menurut operator", "By operator"),
    "rmse_by_operator": (
        "RMSE [dB] tiap metode menurut operator",
        "RMSE [dB] of each method by operator",
    ),
    "ap_by_operator": (
        "AP tiap metode menurut operator (porsi lemah berbeda: bandingkan dalam satu baris saja)",
        "AP of each method by operator (shares of weak rows differ: compare within a row only)",
    ),
    "calibration": (
        "Kalibrasi P(lemah): peluang dan frekuensi",
        "Calibration of P(weak): probability and frequency",
    ),
    "district": (
        "Uji kecamatan: seluruh kecamatan disisihkan",
        "District test: whole districts held out",
    ),
    "campaign": (
        "Uji kampanye: seluruh hari survei disisihkan",
        "Campaign test: whole days of surveying held out",
    ),
    "effects": (
        "Pengaruh tiap fitur: besar rata-rata [dB]",
        "Effect of each feature: mean size [dB]",
    ),
    "ablations": (
        "Tanpa satu bagian (selisih: model penuh dikurangi model ini)",
        "Without one part (differences: the full model less this one)",
    ),
    "permuted": (
        "Label diacak: tidak boleh ada kecakapan",
        "Shuffled labels: there must be no skill",
    ),
    "wasserstein": (
        "Jarak ke data: TPS (garis penuh) dan baris uji (putus-putus); W = {w} m",
        "Distance to data: polling stations (solid) and test rows (dashed); W = {w} m",
    ),
    "skill_without_labels": (
        "Model tampak cakap pada label acak: ada kebocoran.",
        "The model seems skilled on shuffled labels: something leaks.",
    ),
    "sources": ("Sumber data: geseran dan derau", "Sources: shift and noise"),
    "candidates": ("Rantai yang diuji", "Chains judged"),
    "suspiciously_good": (
        "RMSE blok {rmse_db} dB terlalu baik untuk data warga: cari kebocoran dulu.",
        "A blocked RMSE of {rmse_db} dB is too good for crowd data: look for leakage first.",
    ),
    "beaten_by": (
        "Metode sederhana lebih baik: {rival}.",
        "A simpler method does better: {rival}.",
    ),
    "coverage": (
        "Selang 90 % mencakup {coverage} pada jarak {distance}.",
        "The 90 % interval covers {coverage} at distance {distance}.",
    ),
    "no_cell_list": (
        "Tanpa daftar sel radio: jauh dari pengukuran, model hanya tahu rata-rata.",
        "No list of radio cells: far from readings the model knows an average only.",
    ),
    "choice_not_nested": (
        "Rantai dipilih sekali dengan semua data, bukan ulang di tiap lipatan.",
        "The chain was chosen once on all data, not anew in each fold.",
    ),
    "range_beyond_block": (
        "Korelasi sisa mencapai {range_m} m, lebih jauh dari sisi blok: angka bisa terlalu baik.",
        "Residuals correlate to {range_m} m, beyond a block's edge: figures may flatter.",
    ),
    "not_validated": (
        "Daerah yang diukur terlalu kecil untuk diuji terpisah: model tidak dapat dinilai.",
        "The area measured is too small for a separate test: the model could not be judged.",
    ),
    "no_weak_rows": (
        "Tidak ada baris uji yang lemah: peringkat tidak dapat dinilai.",
        "No weak row in the test: the ranking cannot be judged.",
    ),
}

HEADINGS: Final = {
    "ap_difference": ("selisih AP", "difference in AP"),
    "ap_verdict": ("AP", "AP is"),
    "average_precision": ("AP", "AP"),
    "base_rate": ("porsi lemah", "share of weak rows"),
    "bias_db": ("bias [dB]", "bias [dB]"),
    "bias_with_level_db": ("bias [dB]", "bias [dB]"),
    "block_edge_m": ("sisi blok [m]", "edge of a block [m]"),
    "block_resolution": ("resolusi H3 blok", "H3 resolution of a block"),
    "brier": ("Brier", "Brier"),
    "brier_skill": ("kecakapan Brier", "Brier skill"),
    "buffer_m": ("jarak pengaman [m]", "buffer [m]"),
    "candidate": ("rantai", "chain"),
    "chain": ("rantai terpilih", "chosen chain"),
    "covariates": ("peta yang dipakai", "covariates from maps"),
    "coverage": ("cakupan", "coverage"),
    "distance": ("jarak ke data", "distance to data"),
    "ece": ("ECE", "ECE"),
    "excess_db2": ("lebih dari terbaik [dB²]", "above the best [dB²]"),
    "excess_se_db2": ("galat bakunya [dB²]", "its standard error [dB²]"),
    "feature": ("fitur", "feature"),
    "first_day": ("hari pertama", "first day"),
    "frequency": ("frekuensi lemah", "frequency of weak"),
    "interval": ("peluang selang", "probability of the interval"),
    "is_choice_nested": ("rantai dipilih ulang tiap lipatan", "chain chosen anew in each fold"),
    "is_chosen": ("terpilih", "chosen"),
    "kind": ("sumber", "source"),
    "kriging_share_1_km": (
        "bagian kriging yang dipercaya 1 km dari sampel",
        "share of the kriging believed 1 km from a sample",
    ),
    "last_day": ("hari terakhir", "last day"),
    "mae_db": ("MAE [dB]", "MAE [dB]"),
    "method": ("metode", "method"),
    "n": ("jumlah", "rows"),
    "n_devices": ("perangkat", "devices"),
    "n_folds": ("lipatan uji blok", "folds of the blocked test"),
    "n_listed_cells": ("sel radio dalam daftar", "listed radio cells"),
    "n_no_service": ("tanpa layanan", "without service"),
    "n_no_service_samples": ("sampel tanpa layanan", "samples without service"),
    "n_random_folds": ("lipatan uji lain", "folds of the other tests"),
    "n_readings": ("pengukuran", "readings"),
    "n_samples": ("sampel", "samples"),
    "n_sites": ("situs", "sites"),
    "noise_db": ("derau [dB]", "noise [dB]"),
    "operator": ("operator", "operator"),
    "p_mean": ("peluang rata-rata", "mean probability"),
    "physics_db": ("lewat fisika [dB]", "through physics [dB]"),
    "recall_at_true_count": ("recall@k", "recall@k"),
    "residual_range_m": ("jangkauan korelasi sisa [m]", "range of residual correlation [m]"),
    "residual_sd_db": ("simpangan baku sisa [dB]", "standard deviation of residuals [dB]"),
    "rival": ("pembanding", "rival"),
    "rmse_db": ("RMSE [dB]", "RMSE [dB]"),
    "rmse_difference_db": ("selisih RMSE [dB]", "difference in RMSE [dB]"),
    "rmse_verdict": ("RMSE", "RMSE is"),
    "seed": ("benih acak", "seed"),
    "shift_db": ("geseran [dB]", "shift [dB]"),
    "source": ("sumber", "source"),
    "total_db": ("seluruhnya [dB]", "in all [dB]"),
    "trees_db": ("lewat pohon [dB]", "through trees [dB]"),
    "weak_dbm": ("lemah di bawah [dBm]", "weak below [dBm]"),
    "width_db": ("lebar [dB]", "width [dB]"),
}
"""Names of the columns and single values of the JSON."""

METHODS: Final = {
    "blankspot": ("blankspot", "blankspot"),
    "nearest reading": ("pengukuran terdekat", "nearest reading"),
    "inverse distance": ("jarak terbalik", "inverse distance"),
    "cell mean": ("rata-rata sel", "cell mean"),
    "log-distance path loss": ("redaman log-jarak", "log-distance path loss"),
    "ordinary kriging": ("kriging biasa", "ordinary kriging"),
    "random forest": ("hutan acak", "random forest"),
    "calibrated physics": ("fisika terkalibrasi", "calibrated physics"),
    "physics and kriging": ("fisika dan kriging", "physics and kriging"),
}
"""The model and its rivals, by their names in the JSON."""

NAMES: Final = {
    **METHODS,
    "all": ("semua", "all"),
    "0-0.25 km": ("0-0,25 km", "0-0.25 km"),
    "0.25-1 km": ("0,25-1 km", "0.25-1 km"),
    "better": ("lebih baik", "better"),
    "worse": ("lebih buruk", "worse"),
    "tie": ("seri", "tie"),
    "too few": ("terlalu sedikit", "too few"),
    "True": ("ya", "yes"),
    "False": ("tidak", "no"),
    "crowdsourced": ("warga", "crowdsourced"),
    "drive_test": ("uji jalan", "drive test"),
    "outdoor": ("luar ruang", "outdoors"),
    "indoor": ("dalam ruang", "indoors"),
    "unsure": ("tidak pasti", "unsure"),
    "harmonised": ("diselaraskan", "harmonised"),
    "raw": ("mentah", "raw"),
    "level": ("aras saja", "level alone"),
    "physics": ("fisika", "physics"),
    "physics, shallow trees": ("fisika, pohon dangkal", "physics, shallow trees"),
    "physics, deep trees": ("fisika, pohon dalam", "physics, deep trees"),
    "no censoring": ("tanpa baris tanpa layanan", "no censoring: rows without service dropped"),
    "no kriging": ("tanpa kriging", "no kriging"),
    "no towers": ("tanpa daftar sel radio", "no list of radio cells"),
    "no maps": ("tanpa peta", "no maps"),
    "no crowd data": ("tanpa data warga", "no crowd data"),
}
"""Values of the JSON that are words."""

FEATURES: Final = {
    "operator": ("operator", "operator"),
    "level_dbm": ("aras dari situs terdekat", "level from the nearest site"),
    "gain_db": ("tambahan dari lima situs berikutnya", "what the next five sites add"),
    "log_distance_1": ("jarak ke situs terdekat", "distance to the nearest site"),
    "log_distance_2": ("jarak ke situs kedua", "distance to the second site"),
    "log_distance_3": ("jarak ke situs ketiga", "distance to the third site"),
    "log_density_2km": ("situs dalam 2 km", "sites within 2 km"),
    "log_density_5km": ("situs dalam 5 km", "sites within 5 km"),
    "log_density_10km": ("situs dalam 10 km", "sites within 10 km"),
    "log_closer_other": ("situs operator lain lebih dekat", "another operator's site is nearer"),
    "height_m": ("ketinggian", "height over the sea"),
    "slope_deg": ("kemiringan lereng", "slope"),
    "above_500m_m": ("lebih tinggi dari sekitar 500 m", "height above 500 m around"),
    "above_2000m_m": ("lebih tinggi dari sekitar 2 km", "height above 2 km around"),
    "above_5000m_m": ("lebih tinggi dari sekitar 5 km", "height above 5 km around"),
    "log_coast_m": ("jarak ke pantai", "distance to the coast"),
    "obstruction_db": ("halangan medan", "obstruction by terrain"),
    "obstruction_nearest_db": (
        "halangan ke situs terdekat", "obstruction towards the nearest site",
    ),
    "obstruction_least_db": ("halangan terkecil", "least obstruction"),
    "antenna_above_m": ("antena di atas tempat ini", "antenna above this place"),
    "terrain_effect_db": ("pengaruh medan menurut fisika", "effect of terrain by physics"),
}  # fmt: skip
"""Features as people call them; any other is told by its column's name."""

GLOSSARY: Final = {
    "RMSE": (
        "akar rata-rata kuadrat galat aras; baris tanpa layanan hanya salah sejauh ramalan "
        "melampaui batas perangkat",
        "root mean squared error of the level; a row without service is wrong only by what is "
        "predicted above the device's limit",
    ),
    "AP": (
        "presisi rata-rata peringkat menurut peluang lemah; peringkat acak mendapat porsi lemah, "
        "jadi jangan dibandingkan antara porsi lemah yang berbeda",
        "average precision of the ranking by the chance of being weak; a ranking by chance gets "
        "the share of weak rows, so never compare between different shares",
    ),
    "recall@k": (
        "porsi baris lemah yang ditemukan bila dipilih sebanyak jumlah yang sebenarnya lemah",
        "share of the weak rows found when as many are picked as are truly weak",
    ),
    "Brier": (
        "rata-rata kuadrat galat peluang; kecakapan 0 = selalu menyebut porsi lemah, 1 = sempurna",
        "mean squared error of the probability; a skill of 0 always says the share of weak rows, "
        "1 is perfect",
    ),
    "ECE": (
        "selisih rata-rata antara peluang yang disebut dan frekuensi yang terjadi",
        "mean gap between the probability told and the frequency seen",
    ),
    "W": (
        "luas di antara kedua kurva jarak: 0 bila data uji sejauh TPS dari data latih",
        "area between the two curves of distance: 0 where test rows are as far from the training "
        "data as polling stations are",
    ),
}
"""What the scores mean."""
