/** Seats of the demo district, as data. The people are placeholders (赵甲, 钱乙 …: surnames in order of the Hundred Surnames, heavenly stems as given names). */
import { departments } from '../../../schemas/reference.ts'
import type { Bilingual, Role, Seat } from '../../../schemas/http/common.ts'

/** Luqiao, the demo's district. */
const region = '331004'

const people: readonly (readonly [seatId: string, zh: string, en: string, role: Role, department: string])[] =
  [
    ['d16-prosecutor', '赵甲', 'Zhao Jia', 'prosecutor', 'D16'],
    ['d01-officer', '钱乙', 'Qian Yi', 'officer', 'D01'],
    ['d02-officer', '孙丙', 'Sun Bing', 'officer', 'D02'],
    ['d12-grid', '李丁', 'Li Ding', 'grid_worker', 'D12'],
    ['d12-officer', '周戊', 'Zhou Wu', 'officer', 'D12'],
    ['d03-officer', '吴己', 'Wu Ji', 'officer', 'D03'],
    ['d04-officer', '郑庚', 'Zheng Geng', 'officer', 'D04'],
    ['d05-officer', '王辛', 'Wang Xin', 'officer', 'D05'],
    ['d08-officer', '冯壬', 'Feng Ren', 'officer', 'D08'],
    ['d14-officer', '陈癸', 'Chen Gui', 'officer', 'D14'],
    ['d06-regulator', '褚甲', 'Chu Jia', 'regulator', 'D06'],
    ['auditor', '卫乙', 'Wei Yi', 'auditor', 'D16'],
    ['rule-author', '蒋丙', 'Jiang Bing', 'rule_author', 'D16'],
    ['operator', '沈丁', 'Shen Ding', 'operator', 'D14'],
  ]

function departmentName(code: string): Bilingual {
  return departments.find((department) => department.code === code)?.name ?? { zh: code, en: code }
}

/** All demo seats, in the order in which they are offered. */
export const demoSeats: readonly Seat[] = people.map(([seatId, zh, en, role, department]) => ({
  seat_id: seatId,
  name: { zh, en },
  role,
  department,
  department_name: departmentName(department),
  region,
}))
