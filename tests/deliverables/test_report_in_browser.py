"""The map page as a reader meets it: opened from a file, in a real browser without network."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from coverage.deliverables.info import RunInfo
from coverage.deliverables.outlines import MapLayers
from coverage.deliverables.report import map_page
from coverage.deliverables.run_tables import RunTables
from coverage.tables import REMEDIES

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
PATIENCE_S = 60  # software rendering on a busy machine
ORDER_BY = date(2024, 1, 31)
EVIL = "</script><img src=x onerror=alert(1)>"
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--disable-background-networking", "--no-first-run",
    "--disable-dev-shm-usage", "--window-size=1440,1000", "--force-prefers-reduced-motion",
)  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver here"),
    # The driver's own loop leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def start(profile: Path, *flags: str) -> webdriver.Chrome:
    """A browser with an empty profile and its logs kept."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(str(DRIVER)))


@pytest.fixture(scope="module")
def page_file(
    world: RunTables,
    info: RunInfo,
    layers: MapLayers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The page; the first site's village is named with markup."""
    ranking = world.site_ranking.copy()
    is_first = ranking["rank"] == 1
    ranking.loc[is_first, "village"] = EVIL
    ranking["latest_order_date"] = pd.Series(ORDER_BY, index=ranking.index).where(is_first, None)
    tables = RunTables(
        site_ranking=ranking,
        site_signal=world.site_signal,
        cell_signal=world.cell_signal,
        cells=world.cells,
        towers=ranking.head(20).assign(
            operator="IOH", basis="listed", rat="LTE", plmn="510-01", cell_identity=range(20)
        ),
        survey_plan=ranking.head(12).assign(survey_day=1, stop=range(1, 13), purpose="decide"),
    )
    path = tmp_path_factory.mktemp("page") / "map.html"
    path.write_bytes(map_page(tables, info, layers))
    return path


@pytest.fixture(scope="module")
def browser(
    page_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[webdriver.Chrome]:
    """One browser with the page open and drawn."""
    driver = start(tmp_path_factory.mktemp("profile"))
    driver.get_log("performance")  # the browser's own first page
    driver.get(page_file.as_uri())
    wait(driver, "return document.querySelector('#map').dataset.drawn === 'true'")
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: webdriver.Chrome) -> webdriver.Chrome:
    """The page as it opens: what the test before chose is taken back, by the page's own means."""
    script = """
      const click = (selector) => document.querySelector(selector)?.click();
      click('[data-language=id]'); click('#panel .close'); click('input[value=level]');
      click('#filter-clear'); click('#zoom-fit');
      click('#table th:first-child:not([aria-sort=ascending]) button');
      document.querySelector('#search').value = '';
      document.activeElement.blur();
    """
    browser.execute_script(script)
    return browser


def wait(driver: webdriver.Chrome, script: str) -> None:
    """Until a script returns true."""
    WebDriverWait(driver, PATIENCE_S, 0.1).until(lambda d: d.execute_script(script))


def one(driver: webdriver.Chrome, selector: str) -> Any:
    return driver.find_element(By.CSS_SELECTOR, selector)


def texts(driver: webdriver.Chrome, selector: str) -> list[str]:
    return driver.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector
    )


def choose(driver: webdriver.Chrome, selector: str, value: str) -> None:
    """Choose an option as a user does: value and change event."""
    driver.execute_script(
        "const e = document.querySelector(arguments[0]); e.value = arguments[1];"
        "e.dispatchEvent(new Event('change'))",
        selector,
        value,
    )


def colours(driver: webdriver.Chrome) -> dict[str, int]:
    """Opaque colours of the map's canvas and how many pixels have them."""
    script = """
      const canvas = document.querySelector('#map canvas');
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const context = copy.getContext('2d');
      context.drawImage(canvas, 0, 0);
      const {data} = context.getImageData(0, 0, copy.width, copy.height);
      const counts = {};
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 200) continue;
        const key = data.slice(i, i + 3).join(' ');
        counts[key] = (counts[key] || 0) + 1;
      }
      return counts;
    """
    return driver.execute_script(script)


def n_shown(driver: webdriver.Chrome) -> int:
    return int(one(driver, "#table").get_attribute("aria-rowcount")) - 1


def selected(driver: webdriver.Chrome) -> str:
    return one(driver, "#panel").get_attribute("data-code")


def test_it_asks_nothing_of_any_network_and_reports_no_error(page: webdriver.Chrome) -> None:
    one(page, "#help-open").click()
    one(page, "#help-close").click()
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
        and message["params"]["documentURL"].startswith("file:")
    ]
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_the_map_draws_hexes_and_sites(page: webdriver.Chrome) -> None:
    found = colours(page)
    assert len(found) > 50
    assert sum(found.values()) > 50_000


def test_cells_not_measured_stay_clear_in_the_measured_view(page: webdriver.Chrome) -> None:
    predicted = sum(colours(page).values())
    page.execute_script("document.querySelector('input[value=evidence]').click()")
    wait(page, "return document.querySelectorAll('#hex-legend > div').length === 5")
    WebDriverWait(page, PATIENCE_S, 0.2).until(lambda d: sum(colours(d).values()) < predicted * 0.7)


def test_search_by_code_selects_the_site(page: webdriver.Chrome, world: RunTables) -> None:
    code = world.site_ranking["tps_code"].iloc[42]
    field = one(page, "#search")
    field.send_keys(code)
    assert texts(page, "#suggestions .code") == [code]
    field.send_keys(Keys.ENTER)
    assert selected(page) == code


def test_search_by_dotted_code_selects_the_site(page: webdriver.Chrome, world: RunTables) -> None:
    code = world.site_ranking["tps_code"].iloc[7]
    dotted = f"{code[:2]}.{code[2:4]}.{code[4:6]}.{code[6:10]}.{code[10:]}"
    one(page, "#search").send_keys(dotted, Keys.ENTER)
    assert selected(page) == code


def test_search_by_name_by_keyboard(page: webdriver.Chrome, world: RunTables) -> None:
    field = one(page, "#search")
    field.send_keys("desa 16")
    codes = texts(page, "#suggestions .code")
    village = world.site_ranking.set_index("tps_code")["village"]
    n_there = (village == "Desa 16").sum()
    assert (village.loc[codes[:n_there]] == "Desa 16").all()
    field.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    assert selected(page) == codes[1]


def test_search_says_when_it_finds_nothing(page: webdriver.Chrome) -> None:
    one(page, "#search").send_keys("zzzz")
    assert texts(page, "#suggestions li") == ["Tidak ditemukan"]


def test_regency_and_district_filter_sites(page: webdriver.Chrome, world: RunTables) -> None:
    choose(page, "#regency", "Kab. Pandeglang")
    in_regency = world.site_ranking["regency"] == "Kab. Pandeglang"
    assert n_shown(page) == in_regency.sum()
    choose(page, "#district", "Kecamatan 3")
    assert n_shown(page) == (in_regency & (world.site_ranking["district"] == "Kecamatan 3")).sum()
    one(page, "#filter-clear").click()
    assert n_shown(page) == len(world.site_ranking)


def test_remedies_are_counted_in_the_kabupaten_chosen(
    page: webdriver.Chrome, world: RunTables
) -> None:
    choose(page, "#regency", "Kab. Pandeglang")
    ranking = world.site_ranking[world.site_ranking["regency"] == "Kab. Pandeglang"]
    counts = [int(text) for text in texts(page, "#remedies .check-count")]
    assert counts == [int((ranking["remedy"] == code).sum()) for code in REMEDIES]


def test_remedies_filter_sites(page: webdriver.Chrome, world: RunTables) -> None:
    page.execute_script("document.querySelector('#remedies input[value=VSAT_LEO]').click()")
    assert n_shown(page) == (world.site_ranking["remedy"] != "VSAT_LEO").sum()
    assert not any("Satelit" in row for row in texts(page, "#table tbody tr"))


def test_a_filter_that_leaves_nothing_says_so(page: webdriver.Chrome) -> None:
    page.execute_script("document.querySelectorAll('#remedies input').forEach((e) => e.click())")
    assert n_shown(page) == 0
    assert texts(page, "#table tbody tr") == ["Tidak ada TPS yang sesuai dengan saringan."]


def test_a_row_opens_the_site_with_its_reasons(
    page: webdriver.Chrome, world: RunTables, info: RunInfo
) -> None:
    one(page, "#table tbody tr[data-place='2']").click()
    site = world.site_ranking.sort_values("rank").iloc[2]
    assert selected(page) == site["tps_code"]
    spoken = [info.reasons[code]["id"] for code in site["reasons"].split("|")]
    assert texts(page, "#panel .reasons li") == spoken
    assert len(texts(page, "#panel .chart-name")) == 4


def test_an_operator_that_cannot_be_judged_shows_no_figure(
    page: webdriver.Chrome, world: RunTables
) -> None:
    site = world.site_signal[~world.site_signal["is_applicable"]].iloc[0]
    one(page, "#search").send_keys(site["tps_code"], Keys.ENTER)
    assert texts(page, "#panel .chart-none") == ["tidak dapat dinilai"]
    assert "?" in texts(page, "#panel .chart-value")


def test_figures_the_model_does_not_stand_by_are_marked(
    page: webdriver.Chrome, world: RunTables
) -> None:
    ranked = world.site_ranking.sort_values("rank", ignore_index=True)
    unknown = ranked["evidence"] == "survey_first"
    assert unknown[0]
    first = one(page, "#table tbody tr[data-place='0']")
    assert first.find_elements(By.CSS_SELECTOR, ".share.unsure")
    first.click()
    assert "survei dulu" in one(page, "#panel .unsure-note").text
    assert f"belum diketahui: {unknown.sum()}" in one(page, "#shown").text
    one(page, f"#table tbody tr[data-place='{(~unknown).idxmax()}']").click()
    assert not texts(page, "#panel .unsure-note, #panel .unsure")


def test_the_table_is_walked_by_keyboard(page: webdriver.Chrome) -> None:
    one(page, "#table tbody tr[data-place='0']").click()
    for key in (Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ENTER):
        page.switch_to.active_element.send_keys(key)
    assert selected(page) == one(page, "tr[data-place='1']").get_attribute("data-code")
    page.switch_to.active_element.send_keys(Keys.END)
    assert page.switch_to.active_element.get_attribute("data-place") == "299"
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert selected(page) == ""


def test_the_map_is_moved_by_keyboard_from_its_one_stop_and_sent_back(
    page: webdriver.Chrome,
) -> None:
    stops = page.execute_script(
        "return [...document.querySelectorAll('#map, #map [tabindex]')]"
        ".filter((e) => e.tabIndex >= 0).map((e) => [e.tagName, e.getAttribute('aria-label')])"
    )
    assert [tag for tag, _ in stops] == ["CANVAS"]
    assert stops[0][1].startswith("Peta")
    before = one(page, "#map").get_attribute("data-view")
    page.execute_script("document.querySelector('#map canvas').focus()")
    page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    wait(page, f"return document.querySelector('#map').dataset.view !== '{before}'")
    page.execute_async_script("setTimeout(arguments[0], 1000)")  # the key's own movement ends
    before = colours(page)
    one(page, "#zoom-fit").click()  # where the map was sent last, before the key moved it
    WebDriverWait(page, PATIENCE_S, 0.2).until(lambda d: colours(d) != before)


def test_choosing_a_site_sends_no_hexes_to_the_graphics_card_again(
    page: webdriver.Chrome, world: RunTables
) -> None:
    page.execute_script("""
      window.sent = 0;
      for (const name of ['bufferData', 'bufferSubData']) {
        const plain = WebGL2RenderingContext.prototype[name];
        WebGL2RenderingContext.prototype[name] = function (...rest) {
          for (const part of rest) window.sent = Math.max(window.sent, part?.byteLength || 0);
          return plain.apply(this, rest);
        };
      }
    """)
    page.execute_script("document.querySelector('input[value=p_weak]').click()")
    colours_bytes = 4 * world.cell_signal["h3_cell"].nunique()  # the least a layer of hexes sends
    wait(page, f"return window.sent >= {colours_bytes}")
    page.execute_script("window.sent = 0")
    for place in (2, 3, 4):
        one(page, f"#table tbody tr[data-place='{place}']").click()
    wait(page, "return document.querySelector('#panel').dataset.code !== ''")
    page.execute_async_script("setTimeout(arguments[0], 1500)")
    sent = page.execute_script("return window.sent")
    assert 0 < sent < colours_bytes


def test_sources_and_licences_are_named_on_the_map(page: webdriver.Chrome) -> None:
    assert one(page, "#sources").text == "Sumber dan lisensi: Made up for tests"


def test_sorting_by_voters_puts_the_most_first(page: webdriver.Chrome, world: RunTables) -> None:
    one(page, "#table th:nth-child(7) button").click()
    first = one(page, "#table tbody tr[data-place='0'] td:nth-child(7)").text
    assert int(first) == world.site_ranking["n_voters"].max()


def test_a_click_on_the_map_selects_the_site_there(
    page: webdriver.Chrome, world: RunTables
) -> None:
    site = world.site_ranking.sort_values("rank").iloc[0]
    script = """
      const map = document.querySelector('#map');
      const [longitude, latitude, zoom] = map.dataset.view.split(' ').map(Number);
      const [width, height] = [map.clientWidth, map.clientHeight];
      const view = new deck.WebMercatorViewport({width, height, longitude, latitude, zoom});
      const [x, y] = view.project([arguments[0], arguments[1]]);
      return [Math.round(x - width / 2), Math.round(y - height / 2)];
    """

    def clicked(driver: webdriver.Chrome) -> bool:
        """Where the site is drawn now: a slow machine may still be moving the map to its start."""
        at = driver.execute_script(script, site["longitude_deg"], site["latitude_deg"])
        ActionChains(driver).move_to_element_with_offset(one(driver, "#map"), *at).click().perform()
        return bool(one(driver, "#panel").get_attribute("data-code"))

    WebDriverWait(page, PATIENCE_S, 1).until(clicked)
    assert selected(page) == site["tps_code"]
    assert one(page, "#tooltip").text.startswith("1. ")


def test_the_language_changes_everywhere(page: webdriver.Chrome) -> None:
    assert one(page, "html").get_attribute("lang") == "id"
    assert "Cetak" in one(page, "#top").text
    one(page, "[data-language=en]").click()
    assert one(page, "html").get_attribute("lang") == "en"
    assert "Print" in one(page, "#top").text
    assert texts(page, "#table th button")[1] == "TPS code"
    assert one(page, "#search").get_attribute("placeholder").startswith("Search code")
    assert "62,8" in one(page, "#shown").text


def test_the_legend_follows_the_mode(page: webdriver.Chrome) -> None:
    assert "di bawah \u2212120 dBm" in texts(page, "#hex-legend div")
    page.execute_script("document.querySelector('input[value=p_weak]').click()")
    assert "95 ke atas %" in texts(page, "#hex-legend div")
    assert texts(page, "#hex-legend div")[-2:] == [
        "Model tidak dapat menilai: survei dulu",
        "Tidak ada data",
    ]


def test_the_readings_view_counts_and_leaves_the_rest_clear(page: webdriver.Chrome) -> None:
    page.execute_script("document.querySelector('input[value=count]').click()")
    assert texts(page, "#hex-legend div")[0] == "100 ke atas"
    assert texts(page, "#hex-legend div")[-2:] == ["1", "Tidak ada data"]


def test_the_survey_plan_is_drawn_when_asked_for(page: webdriver.Chrome) -> None:
    toggle = "document.querySelector('#layers input[value=plan]').click()"
    stop = "213 94 0"
    before = colours(page).get(stop, 0)
    page.execute_script(toggle)
    WebDriverWait(page, PATIENCE_S, 0.2).until(lambda d: colours(d).get(stop, 0) > before + 200)
    page.execute_script(toggle)


def test_radio_cells_are_drawn_when_asked_for(page: webdriver.Chrome) -> None:
    toggle = "document.querySelector('#layers input[value=towers]').click()"
    mark = "51 34 136"
    before = colours(page).get(mark, 0)
    page.execute_script(toggle)
    WebDriverWait(page, PATIENCE_S, 0.2).until(lambda d: colours(d).get(mark, 0) > before + 50)
    page.execute_script(toggle)


def test_the_site_tells_until_when_to_order(page: webdriver.Chrome) -> None:
    one(page, "#table tbody tr[data-place='0']").click()
    assert ORDER_BY.isoformat() in one(page, "#panel .facts").text


def test_markup_in_a_name_is_text(page: webdriver.Chrome) -> None:
    one(page, "#table tbody tr[data-place='0']").click()
    assert EVIL in one(page, "#panel .site-place").text
    assert page.execute_script("return document.querySelectorAll('img').length") == 0


def test_print_writes_a_stated_number_of_rows(page: webdriver.Chrome) -> None:
    page.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    assert len(texts(page, "#table tbody tr")) == 60
    assert texts(page, "#print-rest")[0].startswith("60 baris pertama dari 300")
    page.execute_script("window.dispatchEvent(new Event('afterprint'))")
    assert len(texts(page, "#table tbody tr[data-place]")) < 60


def test_without_webgl_the_table_still_works(page_file: Path, tmp_path: Path) -> None:
    driver = start(tmp_path / "profile", "--disable-3d-apis")
    try:
        driver.get(page_file.as_uri())
        wait(driver, "return document.body.dataset.ready === 'true'")
        assert "WebGL" in one(driver, "#no-webgl").text
        one(driver, "#table tbody tr[data-place='1']").click()
        assert selected(driver)
    finally:
        driver.quit()
